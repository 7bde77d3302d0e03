import { Alert, Input } from "antd";
import { ApiProblem } from "../../api/problem";
import { useUsage } from "../../api/quotas";
import { useListState } from "../../components/paging";
import { useText } from "../../text/language";
import { Storage } from "../quotas/Storage";
import { storageText } from "./text";

const DEFAULTS = { namespace: "" };

/** What any account or organization keeps and may keep, whether or not one is a member of it. */
export function StorageTab() {
  const t = useText(storageText);
  const { values, set } = useListState(DEFAULTS);
  return (
    <>
      <p>{t("about")}</p>
      <div className="toolbar">
        <Input.Search key={values.namespace} defaultValue={values.namespace} placeholder={t("namespace")} aria-label={t("namespace")} enterButton={t("show")} maxLength={64} style={{ maxWidth: 360 }} onSearch={(typed) => set({ namespace: typed.trim() })} />
      </div>
      {values.namespace && <Found key={values.namespace} namespace={values.namespace} />}
    </>
  );
}

function Found({ namespace }: { namespace: string }) {
  const t = useText(storageText);
  const { error } = useUsage(namespace);
  if (error instanceof ApiProblem && error.status === 404) return <Alert type="info" showIcon title={t("none", { namespace })} />;
  return <Storage namespace={namespace} />;
}
