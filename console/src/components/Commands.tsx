import { Tabs } from "antd";
import type { Model } from "../api/client";
import { recall, remember } from "../lib/storage";
import { useText } from "../text/language";
import styles from "./components.module.css";
import { CopyButton } from "./Copy";
import { text } from "./text";

const CLIENTS = ["docker", "podman", "skopeo", "containerd"] as const;
const KEY = "boatyard-client";

/** Lines for a shell, each copied on its own. */
export function Shell({ lines }: { lines: readonly string[] }) {
  return (
    <div className={styles["shell"]}>
      {lines.map((line, index) => (
        <div key={index} className={styles["shellLine"]}>
          <code className={styles["shellCode"]} tabIndex={0}>
            {line}
          </code>
          <CopyButton value={line} />
        </div>
      ))}
    </div>
  );
}

/** Commands for every registry client; the one that was looked at last comes first next time. */
export function Commands({ commands }: { commands: Model<"Commands"> }) {
  const t = useText(text);
  return (
    <Tabs
      size="small"
      aria-label={t("client")}
      defaultActiveKey={recall(KEY) ?? "docker"}
      onChange={(client) => remember(KEY, client)}
      items={CLIENTS.map((client) => ({
        key: client,
        label: client,
        children: <Shell lines={commands[client]} />,
      }))}
    />
  );
}
