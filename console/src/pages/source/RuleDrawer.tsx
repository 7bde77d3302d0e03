import { Alert, App, Button, Collapse, Drawer, Form, Tag } from "antd";
import { useDeferredValue, useState } from "react";
import { type Rule, type RuleWish, sourceCalls, useRulePreview, useSourceChange } from "../../api/github";
import type { Place } from "../../api/repositories";
import { ProblemAlert, showOnFields } from "../../components/Problem";
import { useText } from "../../text/language";
import { FRESH_RULE, MORE_FRESH, MoreRuleFields, RuleFields } from "./RuleFields";
import styles from "./source.module.css";
import { text } from "./text";

type Draft = Omit<RuleWish, "timeout_seconds"> & { timeout_minutes: number };

interface Props {
  place: Place;
  project: string;
  rule: Rule | "new" | null;
  onClose: () => void;
}

/** Where a rule is made or changed, with what it matches right now. */
export function RuleDrawer({ place, project, rule, onClose }: Props) {
  const t = useText(text);
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={rule !== null}
      size={600}
      title={rule === "new" ? t("newRuleTitle") : t("editRuleTitle")}
      onClose={onClose}
      destroyOnHidden
      footer={
        <div className={styles["footer"]}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="primary" htmlType="submit" form="rule-form" loading={busy}>
            {rule === "new" ? t("create") : t("save")}
          </Button>
        </div>
      }
    >
      {rule !== null && <RuleForm place={place} project={project} rule={rule} onBusy={setBusy} onClose={onClose} />}
    </Drawer>
  );
}

function RuleForm({ place, project, rule, onBusy, onClose }: Props & { rule: Rule | "new"; onBusy: (busy: boolean) => void }) {
  const t = useText(text);
  const { message } = App.useApp();
  const [form] = Form.useForm<Draft>();
  const [error, setError] = useState<unknown>(null);
  const create = useSourceChange(place, sourceCalls.createRule(place));
  const change = useSourceChange(place, sourceCalls.changeRule(place));
  const initial: Draft = rule === "new" ? { ...FRESH_RULE, ...MORE_FRESH, timeout_minutes: 60 } : { ...MORE_FRESH, ...rule, timeout_minutes: Math.ceil(rule.timeout_seconds / 60) };
  const save = async (draft: Draft) => {
    setError(null);
    onBusy(true);
    try {
      const wish = wishOf({ ...initial, ...draft });
      if (rule === "new") await create.mutateAsync(wish);
      else await change.mutateAsync({ rule: rule.id, ...wish });
      message.success(t("saved"));
      onClose();
    } catch (refused) {
      setError(showOnFields(form, refused));
    } finally {
      onBusy(false);
    }
  };
  return (
    <Form id="rule-form" form={form} layout="vertical" initialValues={initial} onFinish={(draft) => void save(draft)} scrollToFirstError={{ focus: true }}>
      <RuleFields project={project} at={[]} />
      <Collapse size="small" items={[{ key: "more", label: t("more"), forceRender: true, children: <MoreRuleFields /> }]} />
      <PreviewBox place={place} initial={initial} />
      <div style={{ marginTop: 12 }}>
        <ProblemAlert error={error} />
      </div>
    </Form>
  );
}

function wishOf(draft: Draft): RuleWish {
  return {
    type: draft.type,
    pattern: draft.pattern.trim(),
    versions: draft.versions.trim(),
    override: draft.override,
    dockerfile: draft.dockerfile.trim(),
    context: draft.context.trim(),
    paths: draft.paths,
    watch_context: draft.watch_context,
    arguments: draft.arguments,
    timeout_seconds: draft.timeout_minutes * 60,
    supersede_running: draft.supersede_running,
    enabled: draft.enabled,
  };
}

/** What the rule would do with the branches or tags that are there now. */
function PreviewBox({ place, initial }: { place: Place; initial: Draft }) {
  const t = useText(text);
  const typed = Form.useWatch([]) as Partial<Draft> | undefined;
  const draft = useDeferredValue({ ...initial, ...typed });
  const complete = draft.pattern?.trim() && draft.versions?.trim() && draft.dockerfile?.trim() && draft.context?.trim();
  const query = useRulePreview(place, complete ? wishOf(draft) : null);
  const preview = query.data;
  if (!complete || !preview) return null;
  return (
    <section className={styles["preview"]} aria-live="polite">
      <h3>
        {t("preview")} <span className="secondary">{t("previewCount", { total: preview.total, of: preview.of })}</span>
      </h3>
      {!preview.live && <p className="secondary">{t("previewStale")}</p>}
      {preview.matches.length === 0 && <span className="secondary">{t("previewNone")}</span>}
      <ul>
        {preview.matches.slice(0, 20).map((match) => (
          <li key={match.name}>
            <span className="mono">{match.name}</span>
            {match.fault ? <span className="secondary">{match.fault}</span> : match.tags.map((tag) => <Tag key={tag} className="mono">{tag}</Tag>)}
          </li>
        ))}
      </ul>
      {preview.collisions.length > 0 && <Alert type="warning" showIcon title={t("collisions", { refs: preview.collisions.join(", ") })} style={{ marginTop: 8 }} />}
    </section>
  );
}
