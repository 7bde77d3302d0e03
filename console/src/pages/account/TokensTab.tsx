import { KeyOutlined, PlusOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Modal, Popconfirm, Table, type TableColumnsType, Tag } from "antd";
import { useState } from "react";
import { type Token, useCreateToken, useRevokeToken, useTokens } from "../../api/account";
import { useAccount } from "../../app/session";
import { Empty } from "../../components/Empty";
import { Loaded, ProblemAlert, showOnFields, useProblemWords } from "../../components/Problem";
import { EVERYTHING, ExpiryField, expiryMoment, type Scope, Scopes, ScopesField } from "../../components/Scopes";
import { SecretModal } from "../../components/Secret";
import { text as common } from "../../components/text";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import { text } from "./text";

export function TokensTab() {
  const t = useText(text);
  const query = useTokens();
  const [making, make] = useState(false);
  const [made, setMade] = useState<{ name: string; secret: string } | null>(null);
  const action = (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => make(true)}>
      {t("newToken")}
    </Button>
  );
  return (
    <>
      <Loaded query={query}>
        {query.data?.items.length === 0 ? (
          <Empty icon={<KeyOutlined aria-hidden />} title={t("emptyTitle")} actions={action}>
            {t("about")}
          </Empty>
        ) : (
          <>
            <p className="secondary" style={{ marginTop: 0, maxWidth: "72ch" }}>
              {t("about")}
            </p>
            <div className="toolbar">{action}</div>
            <TokenTable tokens={query.data?.items ?? []} />
          </>
        )}
      </Loaded>
      <NewTokenModal open={making} onClose={() => make(false)} onMade={setMade} />
      <SecretModal secret={made?.secret ?? null} title={made ? t("madeTitle", { name: made.name }) : ""} onClose={() => setMade(null)} />
    </>
  );
}

function TokenTable({ tokens }: { tokens: readonly Token[] }) {
  const t = useText(text);
  const c = useText(common);
  const words = useProblemWords();
  const { message } = App.useApp();
  const revoke = useRevokeToken();
  const drop = (token: Token) =>
    revoke.mutateAsync(token.id).then(
      () => void message.success(t("revoked", { name: token.name })),
      (error: unknown) => void message.error(words(error)),
    );
  const columns: TableColumnsType<Token> = [
    { title: t("name"), key: "name", render: (_, token) => <strong>{token.name}</strong> },
    { title: t("hint"), dataIndex: "hint", responsive: ["md"], render: (hint: string) => <code>{hint}…</code> },
    { title: t("scope"), key: "scope", render: (_, token) => <Scopes scopes={token.scopes} /> },
    { title: t("created"), dataIndex: "created_at", responsive: ["lg"], render: (at: string) => <Time at={at} /> },
    { title: t("expires"), key: "expires", render: (_, token) => <Expiry at={token.expires_at} /> },
    { title: t("lastUsed"), dataIndex: "last_used_at", responsive: ["sm"], render: (at: string | null) => <Time at={at} /> },
    {
      title: <span className="visually-hidden">{c("actions")}</span>,
      key: "actions",
      align: "right",
      render: (_, token) => (
        <Popconfirm title={t("revokeTitle", { name: token.name })} description={t("revokeText")} okText={t("revoke")} okButtonProps={{ danger: true }} onConfirm={() => drop(token)}>
          <Button type="link" size="small" danger>
            {t("revoke")}
          </Button>
        </Popconfirm>
      ),
    },
  ];
  return <Table size="small" rowKey="id" columns={columns} dataSource={tokens as Token[]} pagination={false} scroll={{ x: "max-content" }} />;
}

/** When a credential ends; one that has ended says so. */
export function Expiry({ at }: { at: string | null }) {
  const t = useText(text);
  if (!at) return t("never");
  if (new Date(at) < new Date()) return <Tag color="red">{t("expired")}</Tag>;
  return <Time at={at} />;
}

interface Wish {
  name: string;
  narrowed: boolean;
  scopes?: Scope[];
  expires: string;
  day?: string;
}

function NewTokenModal({ open, onClose, onMade }: { open: boolean; onClose: () => void; onMade: (made: { name: string; secret: string }) => void }) {
  const t = useText(text);
  const { username } = useAccount();
  const create = useCreateToken();
  const [form] = Form.useForm<Wish>();
  const [error, setError] = useState<unknown>(null);
  const make = async (wish: Wish) => {
    setError(null);
    try {
      const made = await create.mutateAsync({
        name: wish.name.trim(),
        scopes: wish.narrowed && wish.scopes ? wish.scopes : [EVERYTHING],
        expires_at: expiryMoment(wish.expires, wish.day, new Date()),
      });
      onClose();
      onMade(made);
    } catch (refused) {
      setError(showOnFields(form, refused));
    }
  };
  return (
    <Modal open={open} title={t("newToken")} okText={t("make")} cancelText={t("cancel")} onCancel={onClose} onOk={() => form.submit()} okButtonProps={{ loading: create.isPending }} destroyOnHidden afterClose={() => setError(null)} width={600}>
      <Form form={form} layout="vertical" clearOnDestroy initialValues={{ narrowed: false, expires: "90" }} onFinish={(wish) => void make(wish)}>
        <Form.Item label={t("name")} name="name" extra={t("nameHelp")} rules={[{ required: true, whitespace: true, message: t("required") }]}>
          <Input autoFocus maxLength={100} autoComplete="off" />
        </Form.Item>
        <ScopesField example={`${username}/*`} />
        <ExpiryField />
        <ProblemAlert error={error} />
      </Form>
    </Modal>
  );
}
