import { App, Button, Form, Input, Popconfirm, Table, type TableColumnsType } from "antd";
import { useNavigate } from "react-router";
import { useState } from "react";
import { type Member, organizationCalls, type Role, useMembers, useOrganizationChange } from "../../api/organizations";
import { ApiProblem } from "../../api/problem";
import { useAccount } from "../../app/session";
import { Loaded, ProblemAlert, showOnFields, useProblemWords } from "../../components/Problem";
import { text as common } from "../../components/text";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import { RoleSelect } from "./RoleSelect";
import { text } from "./text";

export function MembersTab({ organization, admin }: { organization: string; admin: boolean }) {
  const query = useMembers(organization);
  return (
    <>
      {admin && <AddMember organization={organization} />}
      <Loaded query={query}>
        <MemberTable organization={organization} admin={admin} members={query.data?.items ?? []} />
      </Loaded>
    </>
  );
}

function AddMember({ organization }: { organization: string }) {
  const t = useText(text);
  const words = useProblemWords();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ username: string; role: Role }>();
  const [error, setError] = useState<unknown>(null);
  const set = useOrganizationChange(organization, organizationCalls.setMember(organization));
  const add = async (wish: { username: string; role: Role }) => {
    setError(null);
    try {
      await set.mutateAsync({ ...wish, username: wish.username.trim() });
      message.success(t("added", { name: wish.username }));
      form.resetFields();
    } catch (refused) {
      if (refused instanceof ApiProblem && refused.status === 404) form.setFields([{ name: "username", errors: [words(refused)] }]);
      else setError(showOnFields(form, refused));
    }
  };
  return (
    <>
      <Form form={form} layout="inline" initialValues={{ role: "writer" }} onFinish={(wish) => void add(wish)} style={{ marginBottom: 16, rowGap: 8 }} aria-label={t("addMember")}>
        <Form.Item name="username" rules={[{ required: true, message: t("required") }]}>
          <Input aria-label={t("username")} placeholder={t("username")} autoComplete="off" autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <Form.Item name="role">
          <RoleSelect aria-label={t("role")} style={{ width: 130 }} />
        </Form.Item>
        <Button htmlType="submit" type="primary" loading={set.isPending}>
          {t("add")}
        </Button>
      </Form>
      <ProblemAlert error={error} />
    </>
  );
}

function MemberTable({ organization, admin, members }: { organization: string; admin: boolean; members: readonly Member[] }) {
  const t = useText(text);
  const c = useText(common);
  const words = useProblemWords();
  const { message } = App.useApp();
  const { username } = useAccount();
  const navigate = useNavigate();
  const set = useOrganizationChange(organization, organizationCalls.setMember(organization));
  const remove = useOrganizationChange(organization, organizationCalls.removeMember(organization));
  const change = (member: Member, role: Role) =>
    set.mutate({ username: member.username, role }, {
      onSuccess: () => message.success(t("changed", { name: member.username, role: t(role) })),
      onError: (error) => message.error(words(error)),
    });
  const drop = (member: Member) =>
    remove.mutateAsync(member.username).then(
      () => {
        message.success(t("removed", { name: member.username }));
        if (member.username === username) void navigate("/organizations");
      },
      (error: unknown) => void message.error(words(error)),
    );
  const columns: TableColumnsType<Member> = [
    { title: t("username"), dataIndex: "username", render: (name: string) => <strong>{name}</strong> },
    {
      title: t("role"),
      key: "role",
      render: (_, member) =>
        admin ? <RoleSelect size="small" aria-label={t("role")} value={member.role} onChange={(role) => change(member, role)} style={{ width: 120 }} /> : t(member.role),
    },
    { title: t("joined"), dataIndex: "joined_at", responsive: ["sm"], render: (at: string) => <Time at={at} /> },
    {
      title: <span className="visually-hidden">{c("actions")}</span>,
      key: "actions",
      align: "right",
      render: (_, member) => {
        const self = member.username === username;
        if (!admin && !self) return null;
        return (
          <Popconfirm title={self ? t("leaveTitle", { organization }) : t("removeTitle", { name: member.username, organization })} okText={self ? t("leave") : t("remove")} okButtonProps={{ danger: true }} onConfirm={() => drop(member)}>
            <Button type="link" size="small" danger>
              {self ? t("leave") : t("remove")}
            </Button>
          </Popconfirm>
        );
      },
    },
  ];
  return <Table size="small" rowKey="username" columns={columns} dataSource={members as Member[]} pagination={false} />;
}
