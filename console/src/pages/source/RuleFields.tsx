import { AutoComplete, Form, Input, InputNumber, Radio, Select, Switch } from "antd";
import { useState } from "react";
import { type RefKind, useDockerfiles, useRefs } from "../../api/github";
import { useText } from "../../text/language";
import styles from "./source.module.css";
import { text } from "./text";

/** A rule as its form holds it. */
export interface RuleDraft {
  type: RefKind;
  pattern: string;
  dockerfile: string;
  versions: string;
  override: boolean;
}

export const FRESH_RULE: RuleDraft = { type: "branch", pattern: "", dockerfile: "Dockerfile", versions: "latest", override: true };
export const MORE_FRESH = { context: ".", paths: [] as string[], watch_context: false, arguments: {}, timeout_seconds: 3600, supersede_running: false, enabled: true };
const HOLES = "{branch} {tag} {sourceref} {sha} {sha7} {date} {1}…{9}";

type Path = (string | number)[];

/** The five fields of a rule, in the order of the guide. `at` is where the rule is in its form, or in that `list` of it. */
export function RuleFields({ project, at, list }: { project: string | null; at: Path; list?: string }) {
  const whole = list === undefined ? at : [list, ...at];
  const t = useText(text);
  const form = Form.useFormInstance();
  const kind = (Form.useWatch([...whole, "type"], form) as RefKind | undefined) ?? "branch";
  return (
    <>
      <Form.Item label={t("type")} name={[...at, "type"]} required>
        <Radio.Group
          optionType="button"
          options={[
            { value: "branch", label: t("branch") },
            { value: "tag", label: t("tag") },
          ]}
        />
      </Form.Item>
      <Form.Item label={t("name")} name={[...at, "pattern"]} extra={t("nameHelp")} rules={[{ required: true, whitespace: true, message: t("required") }]}>
        <RefInput project={project} kind={kind} />
      </Form.Item>
      <Form.Item label={t("dockerfile")} name={[...at, "dockerfile"]} extra={t("dockerfileHelp")} rules={[{ required: true, whitespace: true, message: t("required") }]}>
        <DockerfileInput project={project} />
      </Form.Item>
      <Form.Item label={t("version")} name={[...at, "versions"]} extra={t("versionHelp", { holes: HOLES })} rules={[{ required: true, whitespace: true, message: t("required") }]}>
        <Input className="mono" spellCheck={false} />
      </Form.Item>
      <OverrideField at={at} whole={whole} />
    </>
  );
}

function OverrideField({ at, whole }: { at: Path; whole: Path }) {
  const t = useText(text);
  const form = Form.useFormInstance();
  const on = (Form.useWatch([...whole, "override"], form) as boolean | undefined) ?? true;
  return (
    <Form.Item label={t("override")} name={[...at, "override"]} valuePropName="checked" extra={on ? t("overrideOn") : t("overrideOff")} required>
      <Switch checkedChildren={t("on")} unCheckedChildren={t("off")} />
    </Form.Item>
  );
}

interface Given {
  id?: string;
  value?: string;
  onChange?: (value: string) => void;
}

/** A branch or tag, picked from those that are at GitHub now or written with wildcards. */
export function RefInput({ project, kind, ...given }: Given & { project: string | null; kind: RefKind }) {
  const t = useText(text);
  const [typed, setTyped] = useState("");
  const query = useRefs(project, kind, /[*?[{]|^\//.test(typed) ? "" : typed);
  return (
    <AutoComplete
      {...given}
      className="mono"
      placeholder={kind === "branch" ? "main" : "v*"}
      aria-label={t("name")}
      showSearch={{ onSearch: setTyped }}
      options={query.data?.items.map((ref) => ({ value: ref.name, label: <RefOption name={ref.name} commit={ref.commit} /> })) ?? []}
    />
  );
}

function RefOption({ name, commit }: { name: string; commit: string }) {
  return (
    <span className={styles["option"]}>
      <span>{name}</span> <span className="secondary mono">{commit.slice(0, 7)}</span>
    </span>
  );
}

function DockerfileInput({ project, ...given }: Given & { project: string | null }) {
  const query = useDockerfiles(project);
  return <AutoComplete {...given} className="mono" options={query.data?.items.map((value) => ({ value })) ?? []} />;
}

/** What a rule can be told besides. */
export function MoreRuleFields() {
  const t = useText(text);
  return (
    <>
      <Form.Item label={t("context")} name="context" extra={t("contextHelp")} required>
        <Input className="mono" spellCheck={false} />
      </Form.Item>
      <Form.Item label={t("paths")} name="paths" extra={t("pathsHelp")}>
        <Select mode="tags" open={false} suffixIcon={null} placeholder="src/**" tokenSeparators={[",", " "]} />
      </Form.Item>
      <Form.Item label={t("timeout")} name="timeout_minutes" required>
        <InputNumber min={1} max={240} />
      </Form.Item>
      <Form.Item label={t("supersede")} name="supersede_running" valuePropName="checked" required>
        <Switch size="small" />
      </Form.Item>
      <Form.Item label={t("enabled")} name="enabled" valuePropName="checked" required style={{ marginBottom: 0 }}>
        <Switch size="small" />
      </Form.Item>
    </>
  );
}
