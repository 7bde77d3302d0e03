import { Tabs } from "antd";
import { useNavigate, useParams } from "react-router";
import { NotFound } from "../../app/NotFound";
import { useAccount } from "../../app/session";
import { Page, useTitle } from "../../components/Page";
import { useText } from "../../text/language";
import { AccountsTab } from "./AccountsTab";
import { AuditTab } from "./AuditTab";
import { GithubTab } from "./GithubTab";
import { HealthTab } from "./HealthTab";
import { StorageTab } from "./StorageTab";
import { auditText, githubText, storageText, text } from "./text";

export function AdministrationPage() {
  const t = useText(text);
  const g = useText(githubText);
  const a = useText(auditText);
  const s = useText(storageText);
  useTitle(t("title"));
  const navigate = useNavigate();
  const { tab = "health" } = useParams();
  const { administrator } = useAccount();
  if (!administrator) return <NotFound />;
  return (
    <Page title={t("title")}>
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onTabClick={(key) => void navigate(`/administration/${key}`)}
        items={[
          { key: "health", label: t("health"), children: <HealthTab /> },
          { key: "github", label: g("tab"), children: <GithubTab /> },
          { key: "accounts", label: t("accounts"), children: <AccountsTab /> },
          { key: "storage", label: s("tab"), children: <StorageTab /> },
          { key: "audit", label: a("tab"), children: <AuditTab /> },
        ]}
      />
    </Page>
  );
}
