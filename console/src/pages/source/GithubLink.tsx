import { GithubOutlined } from "@ant-design/icons";
import { Alert, App, Button } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { authorizeUrl, type GithubAccount } from "../../api/github";
import { useAccount } from "../../app/session";
import { useProblemWords } from "../../components/Problem";
import { useText } from "../../text/language";
import { text } from "./text";

interface Props {
  account: GithubAccount;
  /** Where GitHub brings the browser back to. */
  returnTo: string;
  /** Called before the page is left. */
  onLeave?: () => void;
}

/** The way to a linked GitHub account: by an administrator first, then by oneself. */
export function GithubLink({ account, returnTo, onLeave }: Props) {
  const t = useText(text);
  const { administrator } = useAccount();
  if (!account.configured) {
    return (
      <Alert
        type="info"
        showIcon
        icon={<GithubOutlined aria-hidden />}
        title={t("notConfigured")}
        description={administrator ? <Link to="/administration/github">{t("configure")}</Link> : t("askAdministrator")}
      />
    );
  }
  if (account.linked && !account.lost) return null;
  return (
    <>
      {account.lost && <Alert type="warning" showIcon title={t("lost")} style={{ marginBottom: 12 }} />}
      <LinkButton label={account.linked ? t("relink") : t("link")} returnTo={returnTo} onLeave={onLeave} />
      <p className="secondary" style={{ margin: "6px 0 0" }}>
        {t("linkAbout")}
      </p>
    </>
  );
}

/** Goes to GitHub and comes back. */
export function LinkButton({ label, returnTo, onLeave }: { label: string; returnTo: string; onLeave?: (() => void) | undefined }) {
  const words = useProblemWords();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      const url = await authorizeUrl(returnTo);
      onLeave?.();
      window.location.assign(url);
    } catch (error) {
      setBusy(false);
      message.error(words(error));
    }
  };
  return (
    <Button icon={<GithubOutlined aria-hidden />} loading={busy} onClick={() => void go()}>
      {label}
    </Button>
  );
}
