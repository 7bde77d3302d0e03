import { Form, Modal, Radio } from "antd";
import { useState } from "react";
import { useWebhookChange, webhookCalls, type WebhookPlace } from "../../api/webhooks";
import { ProblemAlert } from "../../components/Problem";
import { useText } from "../../text/language";
import { text } from "./text";

const GRACE_HOURS = [0, 1, 24, 168] as const;

/** A new signing secret, with a while in which the old one signs as well. */
export function RotateModal({ place, open, onClose, onSecret }: { place: WebhookPlace; open: boolean; onClose: () => void; onSecret: (secret: string) => void }) {
  const t = useText(text);
  const [grace, setGrace] = useState(24);
  const rotate = useWebhookChange(place, webhookCalls.rotate(place));
  const go = () =>
    rotate.mutate(grace, {
      onSuccess: ({ secret, public_key }) => {
        onClose();
        onSecret(secret ?? public_key ?? "");
      },
    });
  return (
    <Modal open={open} title={t("rotateTitle")} okText={t("rotate")} cancelText={t("cancel")} onCancel={onClose} onOk={go} okButtonProps={{ loading: rotate.isPending }} destroyOnHidden>
      <p>{t("rotateText")}</p>
      <Form layout="vertical">
        <Form.Item label={t("grace")} required>
          <Radio.Group value={grace} onChange={(event) => setGrace(event.target.value as number)} options={GRACE_HOURS.map((hours) => ({ value: hours, label: hours === 0 ? t("graceNone") : t("hours", { count: hours }) }))} />
        </Form.Item>
      </Form>
      <ProblemAlert error={rotate.error} />
    </Modal>
  );
}
