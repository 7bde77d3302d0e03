import { GithubOutlined } from "@ant-design/icons";
import { Alert, App, Button, Form, Popconfirm } from "antd";
import { useState } from "react";
import { type Source, sourceCalls, useGithubAccount, useSourceChange } from "../../api/github";
import type { Place } from "../../api/repositories";
import { Loaded, ProblemAlert, useProblemWords } from "../../components/Problem";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import { GithubLink } from "./GithubLink";
import { ProjectSelect } from "./ProjectSelect";
import styles from "./source.module.css";
import { text } from "./text";

/** The project that a repository is built from, how well it is heard, and the way to stop. */
export function SourceLine({ place, source, admin }: { place: Place; source: Source; admin: boolean }) {
  const t = useText(text);
  const words = useProblemWords();
  const { message } = App.useApp();
  const remove = useSourceChange(place, sourceCalls.remove(place));
  return (
    <>
      {source.lost && <Alert type="error" showIcon title={source.lost} style={{ marginBottom: 12 }} />}
      <div className={styles["source"]}>
        <div>
          <GithubOutlined aria-hidden />{" "}
          <a href={source.html_url} target="_blank" rel="noreferrer">
            <strong>{source.project}</strong>
          </a>
          <div className="secondary">
            {source.webhook ? t("heardNow") : t("heardLater")}
            {source.last_delivery_at && (
              <>
                {" · "}
                {t("lastHeard")} <Time at={source.last_delivery_at} />
              </>
            )}
            {source.reconciled_at && (
              <>
                {" · "}
                {t("lastCompared")} <Time at={source.reconciled_at} />
              </>
            )}
            {" · "}
            {t("through", { name: source.linked_by })}
          </div>
        </div>
        {admin && (
          <Popconfirm
            title={t("disconnectTitle", { project: source.project })}
            description={t("disconnectText")}
            okText={t("disconnect")}
            okButtonProps={{ danger: true }}
            onConfirm={() => remove.mutateAsync(undefined).catch((error: unknown) => void message.error(words(error)))}
          >
            <Button loading={remove.isPending}>{t("disconnect")}</Button>
          </Popconfirm>
        )}
      </div>
    </>
  );
}

/** From nothing to a repository that is built from GitHub: link, pick a project. */
export function SourceSetup({ place }: { place: Place }) {
  const t = useText(text);
  const account = useGithubAccount();
  const set = useSourceChange(place, sourceCalls.set(place));
  const [project, pick] = useState<string>();
  const ready = account.data?.linked && !account.data.lost;
  return (
    <div className={styles["setup"]}>
      <h2>{t("introTitle")}</h2>
      <p className="secondary" style={{ marginTop: 0 }}>
        {t("intro")}
      </p>
      <Loaded query={account} rows={2}>
        {account.data && <GithubLink account={account.data} returnTo={`/repositories/${place.namespace}/${place.name}/builds`} />}
        {account.data && ready && (
          <Form layout="vertical" requiredMark={false} onFinish={() => project && set.mutate(project)}>
            <p className="secondary">{t("linkedAs", { login: account.data.login ?? "" })}</p>
            <Form.Item label={t("project")} htmlFor="source-project">
              <ProjectSelect id="source-project" account={account.data} onChange={pick} {...(project && { value: project })} />
            </Form.Item>
            <ProblemAlert error={set.error} />
            <Button type="primary" htmlType="submit" disabled={!project} loading={set.isPending}>
              {t("connect")}
            </Button>
          </Form>
        )}
      </Loaded>
    </div>
  );
}
