import { Form, Input, Modal } from "antd";
import { useState } from "react";
import { ProblemAlert } from "../components/Problem";
import { useText } from "../text/language";
import { useSession } from "./session";
import { text } from "./text";

/** Asks for the password over the page when the session ended; the page behind it stays as it is. */
export function ReSignIn() {
  const t = useText(text);
  const { expired } = useSession();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [form] = Form.useForm<{ password: string }>();
  const give = async ({ password }: { password: string }) => {
    setBusy(true);
    setError(null);
    try {
      await expired?.give(password);
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open={expired !== null}
      title={t("expiredTitle")}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      zIndex={2000}
      okText={t("signIn")}
      cancelText={t("notYou")}
      onOk={() => form.submit()}
      onCancel={() => expired?.leave()}
      okButtonProps={{ loading: busy }}
      destroyOnHidden
      afterClose={() => setError(null)}
    >
      <p style={{ marginTop: 0 }}>{t("expiredText")}</p>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values) => void give(values)}>
        <Form.Item label={t("username")} htmlFor="again-username">
          <Input id="again-username" value={expired?.account.username} disabled autoComplete="username" />
        </Form.Item>
        <Form.Item label={t("password")} name="password" rules={[{ required: true }]}>
          <Input.Password autoFocus autoComplete="current-password" />
        </Form.Item>
        <ProblemAlert error={error} />
      </Form>
    </Modal>
  );
}
