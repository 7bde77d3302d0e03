import { MoreOutlined, PlusOutlined, RobotOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, Form, Input, type MenuProps, Modal, Table, type TableColumnsType, Tag } from "antd";
import { useState } from "react";
import { organizationCalls, type Robot, type Role, useOrganizationChange, useRobots } from "../../api/organizations";
import { ApiProblem } from "../../api/problem";
import { Empty } from "../../components/Empty";
import { useNameRule } from "../../components/nameRule";
import { Loaded, ProblemAlert, showOnFields, useProblemWords } from "../../components/Problem";
import { ExpiryField, expiryMoment, type Scope, Scopes, ScopesField } from "../../components/Scopes";
import { SecretModal } from "../../components/Secret";
import { text as common } from "../../components/text";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import { Expiry } from "../account/TokensTab";
import { RoleSelect } from "./RoleSelect";
import { text } from "./text";

interface Made {
  username: string;
  secret: string;
}

export function RobotsTab({ organization, admin }: { organization: string; admin: boolean }) {
  const t = useText(text);
  const query = useRobots(organization);
  const [making, make] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const action = admin && (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => make(true)}>
      {t("newRobot")}
    </Button>
  );
  return (
    <>
      <Loaded query={query}>
        {query.data?.items.length === 0 ? (
          <Empty icon={<RobotOutlined aria-hidden />} title={t("noRobots")} actions={action}>
            {t("robotsAbout")}
          </Empty>
        ) : (
          <>
            <div className="toolbar">{action}</div>
            <RobotTable organization={organization} admin={admin} robots={query.data?.items ?? []} onSecret={setMade} />
          </>
        )}
      </Loaded>
      <NewRobotModal organization={organization} open={making} onClose={() => make(false)} onMade={setMade} />
      <SecretModal secret={made?.secret ?? null} title={made ? t("secretTitle", { name: made.username }) : ""} onClose={() => setMade(null)} />
    </>
  );
}

function RobotTable({ organization, admin, robots, onSecret }: { organization: string; admin: boolean; robots: readonly Robot[]; onSecret: (made: Made) => void }) {
  const t = useText(text);
  const c = useText(common);
  const columns: TableColumnsType<Robot> = [
    {
      title: t("signsInAs"),
      key: "name",
      render: (_, robot) => (
        <>
          <strong className="mono">{robot.username}</strong> {robot.disabled && <Tag>{t("disabled")}</Tag>}
          {robot.description && <div className="secondary break">{robot.description}</div>}
        </>
      ),
    },
    { title: t("role"), dataIndex: "role", render: (role: Role) => t(role) },
    { title: t("scope"), key: "scope", responsive: ["md"], render: (_, robot) => <Scopes scopes={robot.scopes} /> },
    { title: t("expires"), key: "expires", responsive: ["sm"], render: (_, robot) => <Expiry at={robot.expires_at} /> },
    { title: t("lastUsed"), dataIndex: "last_used_at", responsive: ["sm"], render: (at: string | null) => <Time at={at} /> },
    ...(admin
      ? [{
          title: <span className="visually-hidden">{c("actions")}</span>,
          key: "actions",
          align: "right" as const,
          render: (_: unknown, robot: Robot) => <RobotMenu organization={organization} robot={robot} onSecret={onSecret} />,
        }]
      : []),
  ];
  return <Table size="small" rowKey="name" columns={columns} dataSource={robots as Robot[]} pagination={false} scroll={{ x: "max-content" }} />;
}

function RobotMenu({ organization, robot, onSecret }: { organization: string; robot: Robot; onSecret: (made: Made) => void }) {
  const t = useText(text);
  const c = useText(common);
  const words = useProblemWords();
  const { modal, message } = App.useApp();
  const change = useOrganizationChange(organization, organizationCalls.changeRobot(organization));
  const rotate = useOrganizationChange(organization, organizationCalls.rotateRobot(organization));
  const remove = useOrganizationChange(organization, organizationCalls.removeRobot(organization));
  const failed = (error: unknown) => void message.error(words(error));
  const ask = (title: string, content: string, okText: string, act: () => Promise<unknown>) =>
    modal.confirm({ title, content, okText, cancelText: c("cancel"), okButtonProps: { danger: true }, onOk: () => act().catch(failed) });
  const items: MenuProps["items"] = [
    { key: "toggle", label: robot.disabled ? t("enable") : t("disable"), onClick: () => change.mutate({ robot: robot.name, disabled: !robot.disabled }, { onError: failed }) },
    { key: "rotate", label: t("rotate"), onClick: () => ask(t("rotateTitle", { name: robot.username }), t("rotateText"), t("rotate"), () => rotate.mutateAsync(robot.name).then(onSecret)) },
    { type: "divider" },
    { key: "delete", danger: true, label: t("delete"), onClick: () => ask(t("deleteRobotTitle", { name: robot.username }), t("deleteRobotText"), t("delete"), () => remove.mutateAsync(robot.name)) },
  ];
  return (
    <Dropdown trigger={["click"]} menu={{ items }} placement="bottomRight">
      <Button type="text" size="small" icon={<MoreOutlined aria-hidden />} aria-label={t("more", { name: robot.username })} />
    </Dropdown>
  );
}

interface Wish {
  name: string;
  description: string;
  role: Role;
  narrowed: boolean;
  scopes?: Scope[];
  expires: string;
  day?: string;
}

function NewRobotModal({ organization, open, onClose, onMade }: { organization: string; open: boolean; onClose: () => void; onMade: (made: Made) => void }) {
  const t = useText(text);
  const words = useProblemWords();
  const nameRule = useNameRule();
  const [form] = Form.useForm<Wish>();
  const [error, setError] = useState<unknown>(null);
  const create = useOrganizationChange(organization, organizationCalls.createRobot(organization));
  const make = async ({ narrowed, scopes, expires, day, ...wish }: Wish) => {
    setError(null);
    try {
      const made = await create.mutateAsync({ ...wish, scopes: narrowed && scopes ? scopes : null, expires_at: expiryMoment(expires, day, new Date()) });
      onClose();
      onMade(made);
    } catch (refused) {
      if (refused instanceof ApiProblem && refused.status === 409) form.setFields([{ name: "name", errors: [words(refused)] }]);
      else setError(showOnFields(form, refused));
    }
  };
  return (
    <Modal open={open} title={t("newRobot")} okText={t("make")} cancelText={t("cancel")} onCancel={onClose} onOk={() => form.submit()} okButtonProps={{ loading: create.isPending }} destroyOnHidden width={600}>
      <Form form={form} layout="vertical" clearOnDestroy initialValues={{ description: "", role: "writer", narrowed: false, expires: "365" }} onFinish={(wish) => void make(wish)}>
        <Form.Item label={t("name")} name="name" rules={[{ required: true, message: t("required") }, nameRule]}>
          <Input autoFocus autoComplete="off" autoCapitalize="none" spellCheck={false} prefix={<span className="secondary">{organization}+</span>} />
        </Form.Item>
        <Form.Item label={t("description")} name="description">
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item label={t("role")} name="role">
          <RoleSelect style={{ width: 160 }} />
        </Form.Item>
        <ScopesField example={`${organization}/*`} />
        <ExpiryField />
        <ProblemAlert error={error} />
      </Form>
    </Modal>
  );
}
