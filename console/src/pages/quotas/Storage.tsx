import { Alert, Button, Progress } from "antd";
import { useState } from "react";
import { type Usage, useUsage } from "../../api/quotas";
import { useAccount } from "../../app/session";
import { Loaded } from "../../components/Problem";
import { binaryBytes } from "../../lib/format";
import { type Fullness, fullness } from "../../lib/quotas";
import { useText } from "../../text/language";
import { QuotaModal } from "./QuotaModal";
import styles from "./quotas.module.css";
import { text } from "./text";

const COLOUR = { roomy: "var(--ant-color-primary)", nearly: "var(--ant-color-warning)", full: "var(--ant-color-error)" } as const;

/** What a namespace keeps and may keep; administrators decide the latter here. */
export function Storage({ namespace }: { namespace: string }) {
  const query = useUsage(namespace);
  return (
    <Loaded query={query} rows={1}>
      {query.data && <Known usage={query.data} />}
    </Loaded>
  );
}

function Known({ usage }: { usage: Usage }) {
  const t = useText(text);
  const { administrator } = useAccount();
  const [changing, change] = useState(false);
  const full = fullness(usage);
  return (
    <section className={styles["storage"]} aria-label={t("title")}>
      <div className={styles["line"]}>
        <Amount usage={usage} />
        {full && <Bar full={full} />}
        {administrator && (
          <Button size="small" onClick={() => change(true)}>
            {t("change")}
          </Button>
        )}
      </div>
      {full && full.state !== "roomy" && <Warning namespace={usage.namespace} full={full} />}
      <QuotaModal usage={usage} open={changing} onClose={() => change(false)} />
    </section>
  );
}

function Amount({ usage: { bytes, max_bytes, tags, repositories } }: { usage: Usage }) {
  const t = useText(text);
  const used = binaryBytes(bytes);
  return <span className="number">{max_bytes === null ? t("kept", { used, tags, repositories }) : t("keptOf", { used, most: binaryBytes(max_bytes), tags, repositories })}</span>;
}

function Bar({ full: { state, percent } }: { full: Fullness }) {
  const t = useText(text);
  return <Progress className={styles["bar"] ?? ""} size="small" percent={percent} strokeColor={COLOUR[state]} format={(value) => `${value} %`} status="normal" aria-label={t("bar", { percent })} />;
}

function Warning({ namespace, full: { state, percent } }: { namespace: string; full: Fullness }) {
  const t = useText(text);
  return <Alert type={state === "full" ? "error" : "warning"} showIcon title={state === "full" ? t("full", { namespace }) : t("nearly", { namespace, percent })} description={t("makeRoom")} />;
}
