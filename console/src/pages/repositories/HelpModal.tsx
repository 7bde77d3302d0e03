import { AutoComplete, Input, Modal, Select } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useCommands } from "../../api/commands";
import { useOrganizations } from "../../api/organizations";
import { useRepositories } from "../../api/repositories";
import { useAccount } from "../../app/session";
import { Commands } from "../../components/Commands";
import { faultInWords, nameText } from "../../components/nameRule";
import { ProblemAlert } from "../../components/Problem";
import { nameFault } from "../../lib/names";
import { useText } from "../../text/language";
import styles from "./repositories.module.css";
import { text } from "./text";

const TAG = /^\w[\w.-]{0,127}$/;

/** How to push or to pull, with the reader's own names in the commands. */
export function HelpModal({ kind, onClose }: { kind: "push" | "pull" | null; onClose: () => void }) {
  const t = useText(text);
  return (
    <Modal open={kind !== null} title={kind === "pull" ? t("pull") : t("push")} width={680} footer={null} onCancel={onClose} destroyOnHidden>
      {kind && <Help kind={kind} />}
    </Modal>
  );
}

function Help({ kind }: { kind: "push" | "pull" }) {
  const t = useText(text);
  const names = useText(nameText);
  const { username } = useAccount();
  const organizations = useOrganizations();
  const [namespace, setNamespace] = useState(username);
  const [typed, setTyped] = useState<string | null>(null);
  const [tag, setTag] = useState("latest");
  const known = useRepositories({ namespace, sort: "-updated", limit: 25 });
  const options = known.data?.items.map((row) => ({ value: row.name })) ?? [];
  const name = typed ?? options[0]?.value ?? "hello";
  const fault = nameFault(name);
  const image = fault === null && TAG.test(tag) ? { namespace, name, tag } : null;
  const commands = useCommands(image);
  return (
    <>
      <p style={{ margin: 0 }}>{t(kind === "push" ? "pushIntro" : "pullIntro")}</p>
      <div className={styles["imageRow"]}>
        <div>
          <label htmlFor="help-namespace">{t("imageNamespace")}</label>
          <Select
            id="help-namespace"
            value={namespace}
            onChange={setNamespace}
            options={[username, ...(organizations.data?.items.map((one) => one.name) ?? [])].map((value) => ({ value, label: value }))}
          />
        </div>
        <div>
          <label htmlFor="help-name">{t("imageName")}</label>
          <AutoComplete id="help-name" value={name} options={options} onChange={setTyped} placeholder={t("pickName")} {...(fault && { status: "error" as const })} />
        </div>
        <div>
          <label htmlFor="help-tag">{t("imageTag")}</label>
          <Input id="help-tag" value={tag} onChange={(event) => setTag(event.target.value)} {...(!TAG.test(tag) && { status: "error" as const })} />
        </div>
      </div>
      {fault && <p className="secondary">{faultInWords(fault, names)}</p>}
      <ProblemAlert error={commands.error} />
      {commands.data && <Commands commands={commands.data[kind]} />}
      {kind === "push" && (
        <p className="secondary" style={{ margin: "12px 0 0" }}>
          {t("pushMakes")} <Link to="/account/tokens">{t("makeToken")}</Link>
        </p>
      )}
    </>
  );
}
