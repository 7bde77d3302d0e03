import { Button, Form, Input } from "antd";
import { useState } from "react";
import { Link, Navigate, useSearchParams } from "react-router";
import { useSession } from "../../app/session";
import { useTitle } from "../../components/Page";
import { ProblemAlert } from "../../components/Problem";
import { useText } from "../../text/language";
import { Entrance } from "./Entrance";
import { text } from "./text";
import { wayBack } from "./wayBack";

export function SignInPage() {
  const t = useText(text);
  useTitle(t("signIn"));
  const { account, signIn } = useSession();
  const [parameters] = useSearchParams();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  if (account) return <Navigate to={wayBack(parameters.get("next"))} replace />;

  const enter = async ({ username, password }: { username: string; password: string }) => {
    setBusy(true);
    setError(null);
    try {
      await signIn(username.trim(), password);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Entrance
      title={t("welcome")}
      below={
        <>
          {t("newHere")} <Link to="/sign-up">{t("makeAccount")}</Link>
        </>
      }
    >
      <Form layout="vertical" requiredMark={false} onFinish={(values) => void enter(values)}>
        <Form.Item label={t("username")} name="username" rules={[{ required: true, message: t("required") }]}>
          <Input autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} size="large" />
        </Form.Item>
        <Form.Item label={t("password")} name="password" rules={[{ required: true, message: t("required") }]}>
          <Input.Password autoComplete="current-password" size="large" />
        </Form.Item>
        {error !== null && (
          <Form.Item>
            <ProblemAlert error={error} />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" size="large" block loading={busy}>
          {t("signIn")}
        </Button>
      </Form>
    </Entrance>
  );
}
