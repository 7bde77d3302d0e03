import { Alert, Modal } from "antd";
import type { ReactNode } from "react";
import { useText } from "../text/language";
import { Shell } from "./Commands";
import { text } from "./text";

/** Shows a secret this once; only the button closes it, not a slip beside it. */
export function SecretModal({ secret, title, children, onClose }: {
  secret: string | null;
  title: string;
  children?: ReactNode;
  onClose: () => void;
}) {
  const t = useText(text);
  return (
    <Modal
      open={secret !== null}
      title={title}
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      onOk={onClose}
      okText={t("secretDone")}
      cancelButtonProps={{ style: { display: "none" } }}
      destroyOnHidden
    >
      <Alert type="warning" showIcon title={t("secretTitle")} description={t("secretText")} style={{ marginBottom: 12 }} />
      <div data-testid="secret">
        <Shell lines={[secret ?? ""]} />
      </div>
      {children}
    </Modal>
  );
}
