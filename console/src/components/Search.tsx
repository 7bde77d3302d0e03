import { SearchOutlined } from "@ant-design/icons";
import { Input } from "antd";
import { useEffect, useRef, useState } from "react";

const SETTLED_MS = 250;

/** A search box that searches when the typing pauses; `/` jumps to the first one of a page. */
export function Search({ value, onChange, label }: { value: string; onChange: (value: string) => void; label: string }) {
  const [typed, setTyped] = useState(value);
  const timer = useRef<number>(undefined);
  const sent = useRef(value);
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setTyped(value);
    }
  }, [value]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useSlash(field);
  const send = (next: string) => {
    sent.current = next;
    onChange(next);
  };
  return (
    <div ref={field} style={{ flex: "0 1 280px", minWidth: 140 }}>
      <Input
        type="search"
        allowClear
        prefix={<SearchOutlined aria-hidden />}
        placeholder={label}
        aria-label={label}
        value={typed}
        maxLength={100}
        onChange={(event) => {
          const next = event.target.value;
          setTyped(next);
          window.clearTimeout(timer.current);
          timer.current = window.setTimeout(() => send(next), next === "" ? 0 : SETTLED_MS);
        }}
        onPressEnter={() => {
          window.clearTimeout(timer.current);
          send(typed);
        }}
      />
    </div>
  );
}

function useSlash(field: React.RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const jump = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.defaultPrevented || event.key !== "/" || event.ctrlKey || event.metaKey || target.closest("input, textarea, [contenteditable]")) return;
      event.preventDefault();
      field.current?.querySelector("input")?.focus();
    };
    document.addEventListener("keydown", jump);
    return () => document.removeEventListener("keydown", jump);
  }, [field]);
}
