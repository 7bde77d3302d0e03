import { App, Form, InputNumber, Modal, Radio } from "antd";
import { useState } from "react";
import { type QuotaWish, type Usage, useDecideQuota } from "../../api/quotas";
import { ProblemAlert } from "../../components/Problem";
import { bytesToGib, gibToBytes } from "../../lib/format";
import { useText } from "../../text/language";
import { text } from "./text";

interface Fields {
  kind: QuotaWish["kind"];
  gib: number | null;
}

const SUGGESTED_GIB = 10;
const MOST_GIB = 4_000_000_000; // more bytes than this the API can't count

function wishOf({ kind, gib }: Fields): QuotaWish {
  return kind === "limit" ? { kind, bytes: gibToBytes(gib ?? 0) } : { kind };
}

/** How much a namespace may keep, whatever the settings say for all. */
export function QuotaModal({ usage, open, onClose }: { usage: Usage; open: boolean; onClose: () => void }) {
  const t = useText(text);
  const { message } = App.useApp();
  const { namespace, max_bytes } = usage;
  const [form] = Form.useForm<Fields>();
  const kind = Form.useWatch("kind", form) ?? "limit";
  const [error, setError] = useState<unknown>(null);
  const decide = useDecideQuota(namespace);
  const save = async (fields: Fields) => {
    setError(null);
    try {
      await decide.mutateAsync(wishOf(fields));
      message.success(t("saved", { namespace }));
      onClose();
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <Modal open={open} title={t("changeTitle", { namespace })} okText={t("save")} cancelText={t("cancel")} onCancel={onClose} onOk={() => form.submit()} okButtonProps={{ loading: decide.isPending }} destroyOnHidden>
      <Form form={form} layout="vertical" clearOnDestroy requiredMark={false} initialValues={{ kind: "limit", gib: max_bytes === null ? SUGGESTED_GIB : bytesToGib(max_bytes) }} onFinish={(fields) => void save(fields)}>
        <Form.Item label={t("kind")} name="kind">
          <Radio.Group
            vertical
            options={[
              { value: "limit", label: t("limit") },
              { value: "unlimited", label: t("unlimited") },
              { value: "settings", label: t("settings") },
            ]}
          />
        </Form.Item>
        {kind === "limit" && (
          <Form.Item label={t("gib")} name="gib" extra={t("gibHelp")} rules={[{ required: true, message: t("required") }]}>
            <InputNumber min={0} max={MOST_GIB} autoFocus style={{ width: 160 }} />
          </Form.Item>
        )}
        <ProblemAlert error={error} />
      </Form>
    </Modal>
  );
}
