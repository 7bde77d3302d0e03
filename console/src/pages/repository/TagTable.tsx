import { DownOutlined, HistoryOutlined, MoreOutlined } from "@ant-design/icons";
import { App, Button, Dropdown, type MenuProps, Space, Table, type TableColumnsType } from "antd";
import { useState } from "react";
import type { Place } from "../../api/repositories";
import { type Tag, useDeleteTag } from "../../api/tags";
import { CopyButton, useCopy } from "../../components/Copy";
import { useProblemWords } from "../../components/Problem";
import { text as common } from "../../components/text";
import { Time } from "../../components/Time";
import { bytes, count, localeOf, shortDigest } from "../../lib/format";
import { recall } from "../../lib/storage";
import { useLanguage, useText } from "../../text/language";
import { Remark } from "./Remark";
import styles from "./repository.module.css";
import type { RepositoryContext } from "./RepositoryPage";
import { PushedBy } from "./PushedBy";
import { TagDetails } from "./TagDetails";
import { tagText } from "./text";

interface Props {
  place: Place;
  tags: readonly Tag[];
  may: RepositoryContext["may"];
  onHistory: (tag: string) => void;
  /** The only tag that is looked for, which may have been deleted. */
  wanted: string;
}

/** Tags, one a row; a row unfolds into everything that is known of its image. */
export function TagTable({ place, tags, may, onHistory, wanted }: Props) {
  const t = useText(tagText);
  const c = useText(common);
  const { language } = useLanguage();
  const [editing, edit] = useState<string | null>(null);
  const columns: TableColumnsType<Tag> = [
    {
      title: t("tag"),
      key: "name",
      render: (_, tag) => (
        <div className={styles["tagCell"]}>
          <span className={styles["tagName"]}>{tag.name}</span>
          <CopyButton value={tag.name} what={tag.name} />
        </div>
      ),
    },
    {
      title: t("digest"),
      key: "digest",
      responsive: ["md"],
      render: (_, tag) => (
        <div className={styles["tagCell"]}>
          <span className={styles["digest"]}>{shortDigest(tag.digest)}</span>
          <CopyButton value={tag.digest} what={t("digest")} />
        </div>
      ),
    },
    { title: t("size"), key: "size", responsive: ["sm"], render: (_, tag) => <SizeCell tag={tag} /> },
    { title: t("pushed"), key: "pushed", render: (_, tag) => <PushedCell tag={tag} /> },
    { title: t("pulls"), key: "pulls", align: "right", responsive: ["lg"], render: (_, tag) => <span className="number">{count(tag.pull_count, localeOf(language))}</span> },
    {
      title: t("remark"),
      key: "remark",
      width: "22%",
      responsive: ["sm"],
      render: (_, tag) => <Remark place={place} tag={tag} mayPush={may.push} editing={editing === tag.name} onEdit={(on) => edit(on ? tag.name : null)} />,
    },
    {
      title: <span className="visually-hidden">{c("actions")}</span>,
      key: "actions",
      align: "right",
      render: (_, tag) => (
        <div className={styles["rowActions"]}>
          {may.push && (
            <Button type="link" size="small" onClick={() => edit(tag.name)} aria-label={t("remarkOf", { tag: tag.name })}>
              {t("remark")}
            </Button>
          )}
          <PullButton tag={tag} />
          <MoreButton place={place} tag={tag} mayDelete={may.delete} onHistory={() => onHistory(tag.name)} />
        </div>
      ),
    },
  ];
  return (
    <Table
      size="small"
      rowKey="name"
      columns={columns}
      dataSource={tags as Tag[]}
      pagination={false}
      scroll={{ x: "max-content" }}
      locale={{ emptyText: <NothingFound wanted={wanted} onHistory={onHistory} /> }}
      expandable={{
        columnTitle: <span className="visually-hidden">{t("detailsTitle")}</span>,
        expandedRowRender: (tag) => <TagDetails tag={tag} />,
        expandIcon: ({ expanded, onExpand, record }) => (
          <Button
            type="text"
            size="small"
            aria-expanded={expanded}
            aria-label={t("details", { tag: record.name })}
            icon={<DownOutlined aria-hidden rotate={expanded ? 0 : -90} style={{ fontSize: 11 }} />}
            onClick={(event) => onExpand(record, event)}
          />
        ),
      }}
    />
  );
}

function NothingFound({ wanted, onHistory }: Pick<Props, "wanted" | "onHistory">) {
  const t = useText(tagText);
  const c = useText(common);
  return (
    <>
      {c("nothingFound")}
      {wanted && (
        <div>
          <Button type="link" onClick={() => onHistory(wanted)}>
            {t("wasItDeleted", { tag: wanted })}
          </Button>
        </div>
      )}
    </>
  );
}

function SizeCell({ tag }: { tag: Tag }) {
  const t = useText(tagText);
  if (!tag.described) return <span className={styles["small"]}>{t("describing")}</span>;
  const names = tag.platforms.map(({ architecture, variant }) => architecture + (variant ? `/${variant}` : ""));
  return (
    <>
      <div className="number nowrap">{tag.size === null ? "–" : bytes(tag.size)}</div>
      {names.length > 0 && <div className={styles["small"]}>{names.join(" · ")}</div>}
    </>
  );
}

function PushedCell({ tag }: { tag: Tag }) {
  const t = useText(tagText);
  return (
    <>
      <div className="nowrap">
        <Time at={tag.pushed_at} />
      </div>
      <div className={styles["small"]}>
        {tag.origin === "reconcile" ? t("byNobody") : tag.pushed_by && <PushedBy by={tag.pushed_by} />}
      </div>
    </>
  );
}

type Client = "docker" | "podman" | "skopeo" | "containerd";

/** The client whose commands were looked at last, docker before that. */
function client(): Client {
  const kept = recall("boatyard-client");
  return kept === "podman" || kept === "skopeo" || kept === "containerd" ? kept : "docker";
}

function PullButton({ tag }: { tag: Tag }) {
  const t = useText(tagText);
  const { copied, copy } = useCopy();
  const c = useText(common);
  const { message } = App.useApp();
  const take = (commands: Tag["pull_by_tag"]) => {
    const command = commands[client()].join("\n");
    copy(command);
    message.success(t("copied", { command }));
  };
  const items: MenuProps["items"] = [
    { key: "tag", label: t("byTag"), onClick: () => take(tag.pull_by_tag) },
    { key: "digest", label: t("byDigest"), onClick: () => take(tag.pull_by_digest) },
  ];
  return (
    <Space.Compact size="small">
      <Button size="small" onClick={() => take(tag.pull_by_tag)} aria-label={t("pullOf", { tag: tag.name })}>
        {copied ? c("copied") : t("pull")}
      </Button>
      <Dropdown trigger={["click"]} menu={{ items }} placement="bottomRight">
        <Button size="small" icon={<DownOutlined aria-hidden style={{ fontSize: 10 }} />} aria-label={t("otherPull", { tag: tag.name })} />
      </Dropdown>
    </Space.Compact>
  );
}

/** Says so, and shows the way back while it is remembered. */
function Deleted({ tag, onHistory }: { tag: string; onHistory: () => void }) {
  const t = useText(tagText);
  return (
    <>
      {t("deleted", { tag })}{" "}
      <Button type="link" size="small" onClick={onHistory}>
        {t("history")}
      </Button>
    </>
  );
}

function MoreButton({ place, tag, mayDelete, onHistory }: { place: Place; tag: Tag; mayDelete: boolean; onHistory: () => void }) {
  const t = useText(tagText);
  const c = useText(common);
  const words = useProblemWords();
  const { modal, message } = App.useApp();
  const remove = useDeleteTag(place);
  const ask = () =>
    modal.confirm({
      title: t("deleteTitle", { tag: tag.name }),
      content: t("deleteText"),
      okText: t("delete"),
      cancelText: c("cancel"),
      okButtonProps: { danger: true },
      onOk: () =>
        remove.mutateAsync(tag.name).then(
          () => void message.success({ content: <Deleted tag={tag.name} onHistory={onHistory} />, duration: 8 }),
          (error: unknown) => void message.error(words(error)),
        ),
    });
  const items: MenuProps["items"] = [
    { key: "history", icon: <HistoryOutlined aria-hidden />, label: t("history"), onClick: onHistory },
    ...(mayDelete ? [{ type: "divider" as const }, { key: "delete", danger: true, label: t("delete"), onClick: ask }] : []),
  ];
  return (
    <Dropdown trigger={["click"]} menu={{ items }} placement="bottomRight">
      <Button type="text" size="small" icon={<MoreOutlined aria-hidden />} aria-label={t("moreOf", { tag: tag.name })} />
    </Dropdown>
  );
}
