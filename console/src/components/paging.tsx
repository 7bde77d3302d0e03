import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { Button, Flex } from "antd";
import { useCallback } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { useText } from "../text/language";
import { text } from "./text";

interface Trail {
  /** The cursors of the pages before this one; the first page has none. */
  trail?: (string | null)[];
}

/** The list's state in the address: a query parameter each, so that every view has a link. */
export function useListState<K extends string>(defaults: Record<K, string>): {
  values: Record<K, string>;
  set: (changes: Partial<Record<K, string>>) => void;
  cursor: string | null;
} {
  const [parameters, setParameters] = useSearchParams();
  const values = Object.fromEntries(
    Object.entries<string>(defaults).map(([key, fallback]) => [key, parameters.get(key) ?? fallback]),
  ) as Record<K, string>;
  const set = useCallback(
    (changes: Partial<Record<K, string>>) => {
      const next = new URLSearchParams(location.search); // what was rendered may lack what was chosen just now
      next.delete("cursor"); // another list begins at its first page
      for (const [key, value] of Object.entries<string | undefined>(changes)) {
        if (value === undefined || value === defaults[key as K]) next.delete(key);
        else next.set(key, value);
      }
      setParameters(next, { replace: true });
    },
    [setParameters, defaults],
  );
  return { values, set, cursor: parameters.get("cursor") };
}

/** Back and forth through a list whose pages are found by cursors; nothing where there is only one page. */
export function Pager({ next }: { next: string | null | undefined }) {
  const t = useText(text);
  const [parameters] = useSearchParams();
  const navigate = useNavigate();
  const location = useLocation();
  const trail = (location.state as Trail | null)?.trail ?? [];
  const cursor = parameters.get("cursor");
  if (!cursor && !next) return null;

  const go = (to: string | null, state: Trail) => {
    const search = new URLSearchParams(parameters);
    if (to === null) search.delete("cursor");
    else search.set("cursor", to);
    void navigate({ search: search.toString() }, { state });
  };
  const before = trail.at(-1) ?? null;
  return (
    <Flex component="nav" justify="end" align="center" gap={8} style={{ marginTop: 12 }} aria-label={t("page", { number: trail.length + 1 })}>
      {cursor && trail.length === 0 && <Button size="small" onClick={() => go(null, {})}>{t("first")}</Button>}
      <Button size="small" icon={<LeftOutlined aria-hidden />} aria-label={t("previous")} disabled={!cursor || trail.length === 0} onClick={() => go(before, { trail: trail.slice(0, -1) })} />
      {(trail.length > 0 || !cursor) && <span>{t("page", { number: trail.length + 1 })}</span>}
      <Button size="small" icon={<RightOutlined aria-hidden />} aria-label={t("next")} disabled={!next} onClick={() => go(next ?? null, { trail: [...trail, cursor] })} />
    </Flex>
  );
}
