import { App, Button, Form, Input, Tabs } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { type Organization, organizationCalls, useOrganization, useOrganizationChange } from "../../api/organizations";
import { DangerModal } from "../../components/Danger";
import { Page, useTitle } from "../../components/Page";
import { Loaded, ProblemAlert, showOnFields } from "../../components/Problem";
import { useText } from "../../text/language";
import { Storage } from "../quotas/Storage";
import styles from "../repository/repository.module.css";
import { MembersTab } from "./MembersTab";
import { RobotsTab } from "./RobotsTab";
import { text } from "./text";

export function OrganizationPage() {
  const t = useText(text);
  const { organization = "", tab = "members" } = useParams();
  useTitle(organization);
  const navigate = useNavigate();
  const query = useOrganization(organization);
  const admin = query.data?.role === "admin";
  const items = query.data && [
    { key: "members", label: t("members"), children: <MembersTab organization={organization} admin={admin} /> },
    { key: "robots", label: t("robots"), children: <RobotsTab organization={organization} admin={admin} /> },
    ...(admin ? [{ key: "settings", label: t("settings"), children: <SettingsTab organization={query.data} /> }] : []),
  ];
  return (
    <Page
      above={<Link to="/organizations">{t("title")}</Link>}
      title={organization}
      description={query.data?.description}
      actions={<Link to={`/repositories?namespace=${organization}`}>{t("repositories")}</Link>}
    >
      <Loaded query={query}>
        <Storage namespace={organization} />
        <Tabs activeKey={tab} destroyOnHidden onTabClick={(key) => void navigate(`/organizations/${organization}/${key}`)} items={items ?? []} />
      </Loaded>
    </Page>
  );
}

function SettingsTab({ organization }: { organization: Organization }) {
  const t = useText(text);
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [form] = Form.useForm<{ description: string }>();
  const [error, setError] = useState<unknown>(null);
  const [deleting, ask] = useState(false);
  const change = useOrganizationChange(organization.name, organizationCalls.change(organization.name));
  const remove = useOrganizationChange(organization.name, organizationCalls.remove(organization.name));
  const save = async (wish: { description: string }) => {
    setError(null);
    try {
      await change.mutateAsync(wish);
      message.success(t("saved"));
    } catch (refused) {
      setError(showOnFields(form, refused));
    }
  };
  return (
    <>
      <Form form={form} layout="vertical" style={{ maxWidth: 560 }} initialValues={{ description: organization.description }} onFinish={(wish) => void save(wish)}>
        <Form.Item label={t("description")} name="description">
          <Input maxLength={200} />
        </Form.Item>
        <ProblemAlert error={error} />
        <Button htmlType="submit" loading={change.isPending}>
          {t("save")}
        </Button>
      </Form>
      <section className={styles["danger"]}>
        <div>
          <h2>{t("dangerTitle")}</h2>
          <p>{t("dangerText")}</p>
        </div>
        <Button danger onClick={() => ask(true)}>
          {t("dangerAction")}
        </Button>
      </section>
      <DangerModal
        open={deleting}
        title={t("dangerTitle")}
        name={organization.name}
        action={t("dangerAction")}
        onClose={() => ask(false)}
        onConfirm={async () => {
          await remove.mutateAsync(undefined);
          message.success(t("deleted", { name: organization.name }));
          await navigate("/organizations");
        }}
      >
        {t("dangerText")}
      </DangerModal>
    </>
  );
}
