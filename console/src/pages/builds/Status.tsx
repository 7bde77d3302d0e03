import { Badge, Tooltip } from "antd";
import type { Build } from "../../api/builds";
import { useText } from "../../text/language";
import { text } from "./text";

const COLOURS = { success: "success", building: "processing", failed: "error" } as const;

/** One of the three states, and the exact one with its reason where they differ. */
export function Status({ build }: { build: Pick<Build, "status" | "group" | "phase" | "position" | "stopping" | "detail" | "waits_for"> }) {
  const t = useText(text);
  return (
    <Tooltip title={build.detail || build.waits_for}>
      <span className="nowrap">
        <Badge status={build.status === "queued" ? "default" : COLOURS[build.group]} text={t(build.group)} /> <span className="secondary">{exact(build, t)}</span>
      </span>
    </Tooltip>
  );
}

type T = ReturnType<typeof useText<typeof text>>;

function exact(build: Parameters<typeof Status>[0]["build"], t: T): string {
  if (build.stopping) return t("stopping");
  if (build.status === "building" && build.phase) return t(`phase.${build.phase}`);
  if (build.status === "queued") return build.position ? `${t("status.queued")} · ${t("position", { count: build.position })}` : t("status.queued");
  return build.status === "succeeded" || build.status === "failed" ? "" : t(`status.${build.status}`);
}
