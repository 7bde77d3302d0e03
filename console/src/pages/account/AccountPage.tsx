import { Tabs } from "antd";
import { useNavigate, useParams } from "react-router";
import { Page, useTitle } from "../../components/Page";
import { useText } from "../../text/language";
import { GithubTab } from "./GithubTab";
import { ProfileTab } from "./ProfileTab";
import { text } from "./text";
import { TokensTab } from "./TokensTab";

export function AccountPage() {
  const t = useText(text);
  useTitle(t("title"));
  const navigate = useNavigate();
  const { tab = "profile" } = useParams();
  return (
    <Page title={t("title")}>
      <Tabs
        activeKey={tab}
        onTabClick={(key) => void navigate(`/account/${key}`)}
        destroyOnHidden
        items={[
          { key: "profile", label: t("profile"), children: <ProfileTab /> },
          { key: "tokens", label: t("tokens"), children: <TokensTab /> },
          { key: "github", label: t("github"), children: <GithubTab /> },
        ]}
      />
    </Page>
  );
}
