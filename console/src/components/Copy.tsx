import { CheckOutlined, CopyOutlined } from "@ant-design/icons";
import { App, Button, type ButtonProps, Tooltip } from "antd";
import { useCallback, useEffect, useRef, useState } from "react";
import { useText } from "../text/language";
import styles from "./components.module.css";
import { text } from "./text";

const SAID_MS = 1_600;

/** Copies, also on a page that came over plain HTTP, where browsers hide the clipboard. */
async function toClipboard(value: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(value);
  const area = document.createElement("textarea");
  area.value = value;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("copying was refused");
}

/** Copies and says so for a moment; `copied` is true meanwhile. */
export function useCopy(): { copied: boolean; copy: (value: string) => void } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<number>(undefined);
  const { message } = App.useApp();
  const t = useText(text);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const copy = useCallback(
    (value: string) => {
      toClipboard(value).then(
        () => {
          setCopied(true);
          window.clearTimeout(timer.current);
          timer.current = window.setTimeout(() => setCopied(false), SAID_MS);
        },
        () => message.error(t("copyFailed")),
      );
    },
    [message, t],
  );
  return { copied, copy };
}

/** A small button that copies `value` and says that it did. */
export function CopyButton({ value, what, ...rest }: { value: string; what?: string } & Omit<ButtonProps, "value">) {
  const t = useText(text);
  const { copied, copy } = useCopy();
  const label = what ? t("copyOf", { what }) : t("copy");
  return (
    <Tooltip title={copied ? t("copied") : label} open={copied || undefined}>
      <Button
        type="text"
        size="small"
        aria-label={copied ? t("copied") : label}
        icon={copied ? <CheckOutlined aria-hidden className={styles["good"]} /> : <CopyOutlined aria-hidden />}
        onClick={(event) => {
          event.stopPropagation();
          copy(value);
        }}
        {...rest}
      />
    </Tooltip>
  );
}
