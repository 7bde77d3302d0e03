import { Alert, Button, Result, Skeleton } from "antd";
import type { FormInstance } from "antd";
import type { ReactNode } from "react";
import { ApiProblem } from "../api/problem";
import { NotFound } from "../app/NotFound";
import { useText } from "../text/language";
import type { Texts } from "../text/text";
import { problems, text } from "./text";

/** A proxy said so in the place of Boatyard, without a problem document. */
const AWAY: ReadonlySet<string> = new Set(["http-502", "http-503", "http-504"]);

/** The words for an error in the reader's language, or the API's own. */
export function useProblemWords(): (error: unknown) => string {
  const t = useText(text);
  const known = useText(problems as Texts);
  return (error) => {
    if (!(error instanceof ApiProblem)) return t("unreachable");
    if (AWAY.has(error.code)) return t("unavailable");
    return error.code in problems ? known(error.code) : error.document.detail;
  };
}

/** An error where it happened. */
export function ProblemAlert({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const t = useText(text);
  const words = useProblemWords();
  if (!error) return null;
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={words(error)}
      action={onRetry ? <Button size="small" onClick={onRetry}>{t("tryAgain")}</Button> : undefined}
    />
  );
}

/** Whether nothing came back, or not from Boatyard, or not what it should: it may be well again later. */
function isAway(error: unknown): boolean {
  return error !== null && !(error instanceof ApiProblem && error.status < 500);
}

interface Loadable {
  isPending: boolean;
  data: unknown;
  error: unknown;
  refetch: () => unknown;
}

/**
 * What a query loads: its skeleton, its error or, once there is data, its children.
 *
 * What can't be read again later stays, with what was typed in it, below a line that says so.
 */
export function Loaded({ query, children, rows = 6 }: { query: Loadable; children: ReactNode; rows?: number }) {
  const t = useText(text);
  const words = useProblemWords();
  if (query.isPending) return <Skeleton active title={false} paragraph={{ rows }} aria-label={t("loading")} />;
  if (query.error instanceof ApiProblem && query.error.status === 404) return <NotFound />;
  const stale = query.data !== undefined && isAway(query.error);
  if (query.error && !stale) {
    return (
      <Result
        status="warning"
        title={t("failedTitle")}
        subTitle={words(query.error)}
        extra={<Button onClick={() => void query.refetch()}>{t("tryAgain")}</Button>}
      />
    );
  }
  return (
    <>
      {stale && <Alert type="warning" showIcon title={t("stale")} style={{ marginBottom: 12 }} />}
      {children}
    </>
  );
}

/** Shows a refusal beside the fields it names. Returns what could be shown beside none, for an alert. */
export function showOnFields(form: FormInstance, error: unknown): unknown {
  if (!(error instanceof ApiProblem) || error.fields.length === 0) return error;
  const beside = error.fields.filter(({ path }) => form.getFieldInstance(path) !== undefined || hasField(form, path));
  form.setFields(beside.map(({ path, reason }) => ({ name: path, errors: [reason] })));
  const first = beside[0];
  if (first) form.scrollToField(first.path, { focus: true, block: "center" });
  return beside.length === error.fields.length ? null : error;
}

function hasField(form: FormInstance, path: (string | number)[]): boolean {
  return form.getFieldsError().some(({ name }) => name.join(".") === path.join("."));
}
