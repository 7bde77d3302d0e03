import { DownloadOutlined, LockOutlined, StarFilled, StarOutlined, UploadOutlined } from "@ant-design/icons";
import { App, Button, Modal, Tabs, Tag, Tooltip } from "antd";
import { Suspense, useState } from "react";
import { Link, Outlet, useLocation, useNavigate, useOutletContext, useParams } from "react-router";
import { type Place, type Repository, useRepository, useStar } from "../../api/repositories";
import { signInPath } from "../../app/OnlySignedIn";
import { useSession } from "../../app/session";
import { Commands } from "../../components/Commands";
import { Page, useTitle } from "../../components/Page";
import { Loaded, useProblemWords } from "../../components/Problem";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import styles from "./repository.module.css";
import { text } from "./text";

/** What the tabs of a repository's page are given. */
export interface RepositoryContext {
  repository: Repository;
  place: Place;
  may: { push: boolean; delete: boolean; admin: boolean };
}

export function useRepositoryContext(): RepositoryContext {
  return useOutletContext<RepositoryContext>();
}

export function RepositoryPage() {
  const { namespace = "", name = "" } = useParams();
  const query = useRepository({ namespace, name });
  useTitle(`${namespace}/${name}`);
  if (!query.data) {
    return (
      <Page title={`${namespace}/${name}`} above={<Above />}>
        <Loaded query={query}>{null}</Loaded>
      </Page>
    );
  }
  return <Known key={query.data.id} repository={query.data} />;
}

function Above() {
  const t = useText(text);
  const { account } = useSession();
  return account ? <Link to="/repositories">{t("repositories")}</Link> : <Link to="/explore">{t("explore")}</Link>;
}

function Known({ repository }: { repository: Repository }) {
  const t = useText(text);
  const place = { namespace: repository.namespace, name: repository.name };
  const may = {
    push: repository.verbs.includes("push"),
    delete: repository.verbs.includes("delete"),
    admin: repository.verbs.includes("admin"),
  };
  return (
    <Page
      above={<Above />}
      title={<Title repository={repository} />}
      description={repository.summary}
      actions={<Actions repository={repository} place={place} mayPush={may.push} />}
    >
      <p className={styles["facts"]}>
        <span>{t("pulls", { count: repository.pull_count })}</span>
        <span>{t("starsCount", { count: repository.star_count })}</span>
        <span>
          {t("lastPush")} <Time at={repository.last_pushed_at} />
        </span>
      </p>
      <Sections repository={repository} admin={may.admin} />
      <section>
        <Suspense>
          <Outlet context={{ repository, place, may } satisfies RepositoryContext} />
        </Suspense>
      </section>
    </Page>
  );
}

function Title({ repository }: { repository: Repository }) {
  const t = useText(text);
  return (
    <>
      <span className={styles["namespace"]}>{repository.namespace}/</span>
      {repository.name}
      <Tag className={styles["visibility"]} icon={repository.public ? undefined : <LockOutlined aria-hidden />}>
        {repository.public ? t("public") : t("private")}
      </Tag>
    </>
  );
}

/** The tabs are addresses, so that each can be linked to and the back button works. */
function Sections({ repository, admin }: { repository: Repository; admin: boolean }) {
  const t = useText(text);
  const navigate = useNavigate();
  const base = `/repositories/${repository.full_name}`;
  const location = useLocation();
  const chosen = location.pathname.slice(base.length + 1).split("/")[0] || "tags";
  const items = [
    { key: "tags", label: t("tags") },
    { key: "builds", label: t("builds") },
    ...(admin ? [{ key: "webhooks", label: t("webhooks") }] : []),
    { key: "information", label: t("information") },
  ];
  return (
    <Tabs
      aria-label={t("sections", { name: repository.full_name })}
      activeKey={chosen}
      items={items}
      onTabClick={(key) => void navigate(`${base}/${key}`)}
    />
  );
}

function Actions({ repository, place, mayPush }: { repository: Repository; place: Place; mayPush: boolean }) {
  const t = useText(text);
  const [help, setHelp] = useState<"push" | "pull" | null>(null);
  return (
    <>
      <StarButton repository={repository} place={place} />
      <Button icon={<DownloadOutlined aria-hidden />} onClick={() => setHelp("pull")}>
        {t("pullHelp")}
      </Button>
      {mayPush && (
        <Button icon={<UploadOutlined aria-hidden />} onClick={() => setHelp("push")}>
          {t("pushHelp")}
        </Button>
      )}
      <Modal open={help !== null} title={help === "push" ? t("pushHelp") : t("pullHelp")} footer={null} width={640} onCancel={() => setHelp(null)} destroyOnHidden>
        {help && <Commands commands={repository[help]} />}
      </Modal>
    </>
  );
}

function StarButton({ repository, place }: { repository: Repository; place: Place }) {
  const t = useText(text);
  const words = useProblemWords();
  const { message } = App.useApp();
  const { account } = useSession();
  const navigate = useNavigate();
  const location = useLocation();
  const star = useStar(place);
  const toggle = () => {
    if (!account) return void navigate(signInPath(location));
    star.mutate(!repository.starred, { onError: (error) => message.error(words(error)) });
  };
  return (
    <Tooltip title={repository.starred ? t("unstar") : undefined}>
      <Button icon={repository.starred ? <StarFilled aria-hidden className={styles["star"]} /> : <StarOutlined aria-hidden />} onClick={toggle} aria-pressed={repository.starred}>
        {repository.starred ? t("starred") : t("star")}
      </Button>
    </Tooltip>
  );
}
