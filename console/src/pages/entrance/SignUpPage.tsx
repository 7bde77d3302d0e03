import { Button, Form, Input } from "antd";
import { useState } from "react";
import { Link, Navigate } from "react-router";
import { api, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { useSession } from "../../app/session";
import { useNameRule } from "../../components/nameRule";
import { useTitle } from "../../components/Page";
import { ProblemAlert, showOnFields, useProblemWords } from "../../components/Problem";
import { useLanguage, useText } from "../../text/language";
import { Entrance } from "./Entrance";
import { text } from "./text";

/** The shortest password that the API takes. */
const LEAST = 8;

interface Wish {
  username: string;
  password: string;
  email?: string;
}

export function SignUpPage() {
  const t = useText(text);
  useTitle(t("signUp"));
  const words = useProblemWords();
  const nameRule = useNameRule();
  const { language } = useLanguage();
  const { account, signIn } = useSession();
  const [form] = Form.useForm<Wish>();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  if (account) return <Navigate to="/repositories" replace />;

  const signUp = async ({ username, password, email }: Wish) => {
    setBusy(true);
    setError(null);
    try {
      await ok(api.POST("/api/v1/accounts", { body: { username, password, email: email?.trim() || null, language } }));
      await signIn(username, password);
    } catch (refused) {
      setBusy(false);
      if (refused instanceof ApiProblem && refused.code === "name-taken") {
        form.setFields([{ name: "username", errors: [words(refused)] }]);
        return;
      }
      setError(showOnFields(form, refused));
    }
  };
  return (
    <Entrance
      title={t("makeTitle")}
      below={
        <>
          {t("haveAccount")} <Link to="/sign-in">{t("signIn")}</Link>
        </>
      }
    >
      <Form form={form} layout="vertical" onFinish={(values) => void signUp(values)}>
        <Form.Item label={t("username")} name="username" extra={t("usernameHelp")} rules={[{ required: true, message: t("required") }, nameRule]}>
          <Input autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <Form.Item
          label={t("password")}
          name="password"
          extra={t("passwordHelp", { least: LEAST })}
          validateTrigger="onBlur"
          rules={[{ required: true, message: t("required") }, { min: LEAST, message: t("tooShort", { least: LEAST }) }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item label={t("email")} name="email">
          <Input type="email" autoComplete="email" />
        </Form.Item>
        {error !== null && (
          <Form.Item>
            <ProblemAlert error={error} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t("signUp")}
        </Button>
      </Form>
    </Entrance>
  );
}
