import { App, Form, Input, Modal, Radio } from "antd";
import { useState } from "react";
import { useWebhookChange, webhookCalls, type WebhookPlace } from "../../api/webhooks";
import { ProblemAlert, showOnFields } from "../../components/Problem";
import { localMoment } from "../../lib/format";
import { useText } from "../../text/language";
import { text } from "./text";

interface Wish {
  since: string;
  deliveries: "unsuccessful" | "all";
}

/** Sends again what was told since a moment. */
export function ReplayModal({ place, open, onClose }: { place: WebhookPlace; open: boolean; onClose: () => void }) {
  const t = useText(text);
  const { message } = App.useApp();
  const [form] = Form.useForm<Wish>();
  const [error, setError] = useState<unknown>(null);
  const replay = useWebhookChange(place, webhookCalls.replay(place));
  const go = async ({ since, deliveries }: Wish) => {
    setError(null);
    try {
      const { count } = await replay.mutateAsync({ since: new Date(since).toISOString(), deliveries });
      message.success(t("replayed", { count }));
      onClose();
    } catch (refused) {
      setError(showOnFields(form, refused));
    }
  };
  return (
    <Modal open={open} title={t("replayTitle")} okText={t("replayStart")} cancelText={t("cancel")} onCancel={onClose} onOk={() => form.submit()} okButtonProps={{ loading: replay.isPending }} destroyOnHidden>
      <Form form={form} layout="vertical" clearOnDestroy initialValues={{ since: localMoment(new Date(Date.now() - 86_400_000)), deliveries: "unsuccessful" }} onFinish={(wish) => void go(wish)}>
        <Form.Item label={t("replaySince")} name="since" rules={[{ required: true, message: t("required") }]}>
          <Input type="datetime-local" style={{ width: 240 }} />
        </Form.Item>
        <Form.Item label={t("replayWhat")} name="deliveries" required>
          <Radio.Group
            options={[
              { value: "unsuccessful", label: t("replayUnsuccessful") },
              { value: "all", label: t("replayAll") },
            ]}
          />
        </Form.Item>
      </Form>
      <ProblemAlert error={error} />
    </Modal>
  );
}
