import { Form, Input, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useText } from "../text/language";
import { ProblemAlert } from "./Problem";
import { text } from "./text";

/** Asks before something is lost for good: the name has to be typed. */
export function DangerModal({ open, title, children, name, action, onConfirm, onClose }: {
  open: boolean;
  title: string;
  children: ReactNode;
  name: string;
  action: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}) {
  const t = useText(text);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async () => {
    if (typed !== name) return;
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open={open}
      title={title}
      onCancel={onClose}
      onOk={() => void confirm()}
      okText={action}
      cancelText={t("cancel")}
      okButtonProps={{ danger: true, disabled: typed !== name, loading: busy }}
      afterClose={() => {
        setTyped("");
        setError(null);
      }}
      destroyOnHidden
    >
      {children}
      <Form layout="vertical" onFinish={() => void confirm()} style={{ marginTop: 16 }}>
        <Form.Item label={t("typeToConfirm", { name })} htmlFor="confirm-name" required style={{ marginBottom: 8 }}>
          <Input id="confirm-name" autoFocus autoComplete="off" spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value.trim())} />
        </Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
}
