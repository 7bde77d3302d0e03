import { App, Button, Form, Input, Radio, Tag } from "antd";
import { useState } from "react";
import { useChangeAccount } from "../../api/account";
import { ApiProblem } from "../../api/problem";
import { LANGUAGE_NAMES } from "../../app/Preferences";
import { useAccount } from "../../app/session";
import { ProblemAlert, showOnFields, useProblemWords } from "../../components/Problem";
import { Time } from "../../components/Time";
import { useLanguage, useText } from "../../text/language";
import type { Language } from "../../text/text";
import { Storage } from "../quotas/Storage";
import { text } from "./text";

const LEAST = 8;

export function ProfileTab() {
  const t = useText(text);
  const account = useAccount();
  return (
    <div style={{ maxWidth: 460 }}>
      <p style={{ marginTop: 0 }}>
        {t("username")}: <strong>{account.username}</strong>
        {account.administrator && (
          <Tag color="blue" style={{ marginLeft: 8 }}>
            {t("administrator")}
          </Tag>
        )}
        <br />
        <span className="secondary">
          {t("since")} <Time at={account.created_at} />
        </span>
      </p>
      <Storage namespace={account.username} />
      <Details />
      <h2 className="section">{t("passwordTitle")}</h2>
      <Password />
    </div>
  );
}

function Details() {
  const t = useText(text);
  const account = useAccount();
  const { message } = App.useApp();
  const { language, setLanguage } = useLanguage();
  const change = useChangeAccount();
  const [form] = Form.useForm<{ email: string }>();
  const [error, setError] = useState<unknown>(null);
  const save = async ({ email }: { email: string }) => {
    setError(null);
    try {
      await change.mutateAsync({ email: email.trim() || null });
      message.success(t("saved"));
    } catch (refused) {
      setError(showOnFields(form, refused));
    }
  };
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ email: account.email ?? "" }} onFinish={(wish) => void save(wish)}>
      <Form.Item label={t("language")}>
        <Radio.Group
          value={language}
          onChange={(event) => setLanguage(event.target.value as Language)}
          options={Object.entries(LANGUAGE_NAMES).map(([value, label]) => ({ value, label }))}
        />
      </Form.Item>
      <Form.Item label={t("email")} name="email">
        <Input type="email" autoComplete="email" />
      </Form.Item>
      <ProblemAlert error={error} />
      <Button htmlType="submit" loading={change.isPending}>
        {t("save")}
      </Button>
    </Form>
  );
}

interface Passwords {
  current_password: string;
  password: string;
}

function Password() {
  const t = useText(text);
  const words = useProblemWords();
  const account = useAccount();
  const { message } = App.useApp();
  const change = useChangeAccount();
  const [form] = Form.useForm<Passwords>();
  const [error, setError] = useState<unknown>(null);
  const save = async (wish: Passwords) => {
    setError(null);
    try {
      await change.mutateAsync(wish);
      form.resetFields();
      message.success(t("passwordChanged"));
    } catch (refused) {
      if (refused instanceof ApiProblem && refused.code === "sign-in-refused") {
        form.setFields([{ name: "current_password", errors: [words(refused)] }]);
        return;
      }
      setError(showOnFields(form, refused));
    }
  };
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(wish) => void save(wish)}>
      <input type="text" hidden readOnly autoComplete="username" value={account.username} />
      <Form.Item label={t("currentPassword")} name="current_password" rules={[{ required: true, message: t("required") }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item
        label={t("newPassword")}
        name="password"
        validateTrigger="onBlur"
        rules={[
          { required: true, message: t("required") },
          { min: LEAST, message: t("tooShort", { least: LEAST }) },
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <ProblemAlert error={error} />
      <Button htmlType="submit" loading={change.isPending}>
        {t("changePassword")}
      </Button>
    </Form>
  );
}
