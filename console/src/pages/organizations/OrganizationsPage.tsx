import { PlusOutlined, TeamOutlined } from "@ant-design/icons";
import { Button, Form, Input, Modal, Table, type TableColumnsType } from "antd";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { type Organization, organizationCalls, useOrganizationChange, useOrganizations } from "../../api/organizations";
import { ApiProblem } from "../../api/problem";
import { Empty } from "../../components/Empty";
import { useNameRule } from "../../components/nameRule";
import { Page, useTitle } from "../../components/Page";
import { Loaded, ProblemAlert, showOnFields, useProblemWords } from "../../components/Problem";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import { text } from "./text";

export function OrganizationsPage() {
  const t = useText(text);
  useTitle(t("title"));
  const query = useOrganizations();
  const [making, make] = useState(false);
  const action = (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => make(true)}>
      {t("new")}
    </Button>
  );
  const columns: TableColumnsType<Organization> = [
    {
      title: t("name"),
      key: "name",
      render: (_, one) => (
        <>
          <Link to={`/organizations/${one.name}`}>
            <strong>{one.name}</strong>
          </Link>
          {one.description && <div className="secondary break">{one.description}</div>}
        </>
      ),
    },
    { title: t("yourRole"), dataIndex: "role", width: 140, render: (role: Organization["role"]) => t(role) },
    { title: t("created"), dataIndex: "created_at", width: 150, responsive: ["sm"], render: (at: string) => <Time at={at} /> },
    { title: <span className="visually-hidden">{t("repositories")}</span>, key: "link", align: "right", width: 130, responsive: ["sm"], render: (_, one) => <Link to={`/repositories?namespace=${one.name}`}>{t("repositories")}</Link> },
  ];
  return (
    <Page title={t("title")} description={t("about")}>
      <Loaded query={query}>
        {query.data?.items.length === 0 ? (
          <Empty icon={<TeamOutlined aria-hidden />} title={t("emptyTitle")} actions={action}>
            {t("about")}
          </Empty>
        ) : (
          <>
            <div className="toolbar">{action}</div>
            <Table size="small" rowKey="name" columns={columns} dataSource={query.data?.items ?? []} pagination={false} />
          </>
        )}
      </Loaded>
      <NewModal open={making} onClose={() => make(false)} />
    </Page>
  );
}

function NewModal({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useText(text);
  const words = useProblemWords();
  const nameRule = useNameRule();
  const navigate = useNavigate();
  const [form] = Form.useForm<{ name: string; description: string }>();
  const create = useOrganizationChange("", organizationCalls.create);
  const [error, setError] = useState<unknown>(null);
  const make = async (wish: { name: string; description: string }) => {
    setError(null);
    try {
      const made = await create.mutateAsync(wish);
      await navigate(`/organizations/${made.name}`);
    } catch (refused) {
      if (refused instanceof ApiProblem && refused.status === 409) {
        form.setFields([{ name: "name", errors: [words(refused)] }]);
        return;
      }
      setError(showOnFields(form, refused));
    }
  };
  return (
    <Modal open={open} title={t("new")} okText={t("make")} cancelText={t("cancel")} onCancel={onClose} onOk={() => form.submit()} okButtonProps={{ loading: create.isPending }} destroyOnHidden>
      <Form form={form} layout="vertical" clearOnDestroy initialValues={{ description: "" }} onFinish={(wish) => void make(wish)}>
        <Form.Item label={t("name")} name="name" extra={t("nameHelp")} rules={[{ required: true, message: t("required") }, nameRule]}>
          <Input autoFocus autoComplete="off" autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <Form.Item label={t("description")} name="description">
          <Input maxLength={200} />
        </Form.Item>
        <ProblemAlert error={error} />
      </Form>
    </Modal>
  );
}
