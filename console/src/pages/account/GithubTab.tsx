import { App, Button, List, Popconfirm } from "antd";
import { Link } from "react-router";
import { type GithubAccount, useGithubAccount, useUnlinkGithub } from "../../api/github";
import { Loaded, useProblemWords } from "../../components/Problem";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import { GithubLink } from "../source/GithubLink";
import { text as sourceText } from "../source/text";
import { text } from "./text";

/** The linked GitHub account: what it sees, what is built through it, and the way out. */
export function GithubTab() {
  const query = useGithubAccount();
  return <Loaded query={query}>{query.data && <Known account={query.data} />}</Loaded>;
}

function Known({ account }: { account: GithubAccount }) {
  const t = useText(text);
  const s = useText(sourceText);
  const words = useProblemWords();
  const { message } = App.useApp();
  const unlink = useUnlinkGithub();
  return (
    <div style={{ maxWidth: 640 }}>
      <GithubLink account={account} returnTo="/account/github" />
      {account.linked && (
        <>
          <p>
            <strong>{s("linkedAs", { login: account.login ?? "" })}</strong>{" "}
            <span className="secondary">
              <Time at={account.linked_at} />
            </span>
          </p>
          {account.install_url && (
            <p>
              <a href={account.install_url} target="_blank" rel="noreferrer">
                {s("chooseProjects")}
              </a>
            </p>
          )}
          {account.repositories.length > 0 && (
            <>
              <h2 className="section">{t("builtThrough")}</h2>
              <List
                size="small"
                dataSource={account.repositories}
                renderItem={(name) => (
                  <List.Item style={{ paddingInline: 0 }}>
                    <Link to={`/repositories/${name}/builds`}>{name}</Link>
                  </List.Item>
                )}
              />
            </>
          )}
          <Popconfirm
            title={s("unlinkTitle", { login: account.login ?? "" })}
            description={s("unlinkText")}
            okText={s("unlink")}
            okButtonProps={{ danger: true }}
            onConfirm={() =>
              unlink.mutateAsync().then(
                () => void message.success(s("unlinked")),
                (error: unknown) => void message.error(words(error)),
              )
            }
          >
            <Button danger loading={unlink.isPending} style={{ marginTop: 12 }}>
              {s("unlink")}
            </Button>
          </Popconfirm>
        </>
      )}
    </div>
  );
}
