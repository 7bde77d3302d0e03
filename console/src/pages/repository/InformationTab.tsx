import { FileTextOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, Radio, Tabs } from "antd";
import { lazy, Suspense, useState } from "react";
import { useNavigate } from "react-router";
import { useChangeRepository, useDeleteRepository } from "../../api/repositories";
import { Shell } from "../../components/Commands";
import { DangerModal } from "../../components/Danger";
import { Empty } from "../../components/Empty";
import { ProblemAlert, showOnFields } from "../../components/Problem";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import { ActivityChart } from "./ActivityChart";
import styles from "./repository.module.css";
import { useRepositoryContext } from "./RepositoryPage";
import { infoText } from "./text";

const Markdown = lazy(async () => ({ default: (await import("../../components/Markdown")).Markdown }));

/** What the repository is, and, for those who may, the way to change or delete it. */
export function InformationTab() {
  const t = useText(infoText);
  const { repository, may } = useRepositoryContext();
  const [editing, edit] = useState(false);
  if (editing) return <Editor onDone={() => edit(false)} />;
  const change = may.admin && <Button onClick={() => edit(true)}>{t("edit")}</Button>;
  return (
    <>
      <div className={styles["info"]}>
        <section>
          {repository.details ? (
            <Suspense>
              <Markdown source={repository.details} />
            </Suspense>
          ) : (
            <Empty icon={<FileTextOutlined aria-hidden />} title={t("noDetails")} actions={change}>
              {may.admin && t("noDetailsText")}
            </Empty>
          )}
        </section>
        <aside className={styles["infoSide"]}>
          {change && <div>{change}</div>}
          <Fact title={t("name")}>{repository.full_name}</Fact>
          <Fact title={t("summary")}>{repository.summary || t("noSummary")}</Fact>
          <Fact title={t("visibility")}>
            {repository.public ? t("public") : t("private")}
            <div className="secondary">{repository.public ? t("publicHelp") : t("privateHelp")}</div>
          </Fact>
          <Fact title={t("created")}>
            <Time at={repository.created_at} /> {repository.created_by && <span className="secondary">{t("createdBy", { name: repository.created_by })}</span>}
          </Fact>
          <Fact title={t("pull")}>
            <Shell lines={repository.pull.docker} />
          </Fact>
          <Fact title={t("activity")}>
            <ActivityChart />
          </Fact>
        </aside>
      </div>
      {may.admin && <Danger />}
    </>
  );
}

function Fact({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div className="break">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface Wish {
  summary: string;
  details: string;
  public: boolean;
}

function Editor({ onDone }: { onDone: () => void }) {
  const t = useText(infoText);
  const { repository, place } = useRepositoryContext();
  const { message } = App.useApp();
  const change = useChangeRepository(place);
  const [form] = Form.useForm<Wish>();
  const [error, setError] = useState<unknown>(null);
  const save = async (wish: Wish) => {
    setError(null);
    try {
      await change.mutateAsync(wish);
      message.success(t("saved"));
      onDone();
    } catch (refused) {
      setError(showOnFields(form, refused));
    }
  };
  return (
    <Form form={form} layout="vertical" style={{ maxWidth: 760 }} initialValues={{ summary: repository.summary, details: repository.details, public: repository.public }} onFinish={(wish) => void save(wish)}>
      <Form.Item label={t("summary")} name="summary">
        <Input maxLength={100} showCount autoFocus />
      </Form.Item>
      <DetailsField label={t("details")} />
      <VisibilityField />
      <ProblemAlert error={error} />
      <div className="toolbar" style={{ marginTop: 16 }}>
        <Button type="primary" htmlType="submit" loading={change.isPending}>
          {t("save")}
        </Button>
        <Button onClick={onDone}>{t("cancel")}</Button>
      </div>
    </Form>
  );
}

/** The details, in Markdown, with a preview. */
export function DetailsField({ label }: { label: string }) {
  const t = useText(infoText);
  const typed = Form.useWatch<string | undefined>("details");
  return (
    <Form.Item label={label} htmlFor="details" extra={t("markdown")}>
      <Tabs
        size="small"
        items={[
          {
            key: "write",
            label: t("write"),
            forceRender: true,
            children: (
              <Form.Item name="details" noStyle>
                <Input.TextArea id="details" rows={8} className="mono grows" />
              </Form.Item>
            ),
          },
          {
            key: "preview",
            label: t("preview"),
            disabled: !typed,
            children: (
              <Suspense>
                <Markdown source={typed ?? ""} />
              </Suspense>
            ),
          },
        ]}
      />
    </Form.Item>
  );
}

/** Public or private, with what that means. */
export function VisibilityField() {
  const t = useText(infoText);
  return (
    <Form.Item label={t("visibility")} name="public" required>
      <Radio.Group
        options={[
          { value: false, label: <Choice title={t("private")} help={t("privateHelp")} /> },
          { value: true, label: <Choice title={t("public")} help={t("publicHelp")} /> },
        ]}
      />
    </Form.Item>
  );
}

function Choice({ title, help }: { title: string; help: string }) {
  return (
    <>
      {title} <span className="secondary">{help}</span>
    </>
  );
}

function Danger() {
  const t = useText(infoText);
  const { repository, place } = useRepositoryContext();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const remove = useDeleteRepository(place);
  const [open, setOpen] = useState(false);
  return (
    <section className={styles["danger"]}>
      <div>
        <h2>{t("dangerTitle")}</h2>
        <p>{t("dangerText")}</p>
      </div>
      <Button danger onClick={() => setOpen(true)}>
        {t("dangerAction")}
      </Button>
      <DangerModal
        open={open}
        title={t("dangerTitle")}
        name={repository.full_name}
        action={t("dangerAction")}
        onClose={() => setOpen(false)}
        onConfirm={async () => {
          await remove.mutateAsync();
          message.success(t("deleted", { name: repository.full_name }));
          await navigate("/repositories");
        }}
      >
        {t("dangerText")}
      </DangerModal>
    </section>
  );
}
