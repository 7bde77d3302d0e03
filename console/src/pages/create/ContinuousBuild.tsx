import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form } from "antd";
import { useGithubAccount } from "../../api/github";
import { Loaded } from "../../components/Problem";
import { useText } from "../../text/language";
import { GithubLink } from "../source/GithubLink";
import { ProjectSelect } from "../source/ProjectSelect";
import { FRESH_RULE, RuleFields } from "../source/RuleFields";
import styles from "../source/source.module.css";
import { text as sourceText } from "../source/text";
import { text } from "./text";

/** What unfolds under the switch: link GitHub, pick a project, add rules. */
export function ContinuousBuild({ onLeave }: { onLeave: () => void }) {
  const s = useText(sourceText);
  const query = useGithubAccount();
  const account = query.data;
  const ready = account?.linked && !account.lost;
  return (
    <Loaded query={query} rows={2}>
      {account && !ready && (
        <Form.Item>
          <GithubLink account={account} returnTo="/repositories/new" onLeave={onLeave} />
          <Unready />
        </Form.Item>
      )}
      {account && ready && (
        <>
          <p className="secondary">{s("linkedAs", { login: account.login ?? "" })}</p>
          <Form.Item label={s("project")} name="project" rules={[{ required: true, message: s("pickRequired") }]}>
            <ProjectSelect account={account} />
          </Form.Item>
          <RuleList />
        </>
      )}
    </Loaded>
  );
}

/** Holds the form back while there is no account to build through. */
function Unready() {
  const t = useText(text);
  return (
    <Form.Item name="linked" rules={[{ validator: () => Promise.reject(new Error(t("linkFirst"))) }]} style={{ margin: 0 }}>
      <span />
    </Form.Item>
  );
}

function RuleList() {
  const t = useText(text);
  const s = useText(sourceText);
  const project = (Form.useWatch("project") as string | undefined) ?? null;
  return (
    <Form.Item label={t("rules")} required>
      <Form.List name="rules">
        {(fields, { add, remove }) => (
          <>
            {fields.map(({ key, name }) => (
              <section key={key} className={styles["rule"]} aria-label={t("rules")}>
                <Button type="text" size="small" className={styles["ruleRemove"] ?? ""} icon={<DeleteOutlined aria-hidden />} aria-label={t("removeRule")} onClick={() => remove(name)} />
                <RuleFields project={project} at={[name]} list="rules" />
              </section>
            ))}
            <Button icon={<PlusOutlined aria-hidden />} onClick={() => add(FRESH_RULE)}>
              {s("addRule")}
            </Button>
          </>
        )}
      </Form.List>
    </Form.Item>
  );
}
