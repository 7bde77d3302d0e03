import { LockOutlined } from "@ant-design/icons";
import { Select } from "antd";
import { useState } from "react";
import { type GithubAccount, useProjects } from "../../api/github";
import { ProblemAlert } from "../../components/Problem";
import { useText } from "../../text/language";
import { text } from "./text";

/** One of the GitHub projects that the caller can build from. */
export function ProjectSelect({ account, id, value, onChange }: { account: GithubAccount; id?: string; value?: string; onChange?: (project: string) => void }) {
  const t = useText(text);
  const [typed, setTyped] = useState("");
  const query = useProjects(typed, account.linked && !account.lost);
  return (
    <>
      <Select
        {...(id && { id })}
        style={{ width: "100%" }}
        placeholder={t("pickProject")}
        aria-label={t("project")}
        showSearch={{ filterOption: false, onSearch: setTyped }}
        loading={query.isFetching}
        {...(value !== undefined && { value })}
        {...(onChange && { onChange })}
        options={query.data?.items.map((project) => ({ value: project.full_name, label: project.full_name, disabled: !project.writable, project })) ?? []}
        optionRender={({ data }) => (
          <>
            {data.project.full_name} {data.project.private && <LockOutlined aria-label={t("private")} />}{" "}
            {!data.project.writable && <span className="secondary">{t("mayNotPush")}</span>}
            {data.project.description && <div className="secondary">{data.project.description}</div>}
          </>
        )}
      />
      <ProblemAlert error={query.error} />
      {account.install_url && (
        <p className="secondary" style={{ margin: "6px 0 0" }}>
          {t("chooseProjectsAbout")}{" "}
          <a href={account.install_url} target="_blank" rel="noreferrer">
            {t("chooseProjects")}
          </a>
        </p>
      )}
    </>
  );
}
