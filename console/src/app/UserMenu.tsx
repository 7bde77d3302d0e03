import { LogoutOutlined, UserOutlined } from "@ant-design/icons";
import { App, Dropdown } from "antd";
import { Link, useNavigate } from "react-router";
import { useProblemWords } from "../components/Problem";
import { useText } from "../text/language";
import { type Account, useSession } from "./session";
import styles from "./shell.module.css";
import { text } from "./text";

/** Who is signed in, and the way out. */
export function UserMenu({ account }: { account: Account }) {
  const t = useText(text);
  const words = useProblemWords();
  const { message } = App.useApp();
  const { signOut } = useSession();
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await signOut();
      await navigate("/sign-in");
    } catch (error) {
      message.error(words(error));
    }
  };
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          { key: "account", icon: <UserOutlined aria-hidden />, label: <Link to="/account">{t("account")}</Link> },
          { type: "divider" },
          { key: "out", icon: <LogoutOutlined aria-hidden />, label: t("signOut"), onClick: () => void leave() },
        ],
      }}
    >
      <button type="button" className={styles["user"]} aria-label={t("user", { name: account.username })}>
        <span className={styles["avatar"]} data-letter={account.username.slice(0, 1).toUpperCase()} />
        <span className={styles["userName"]}>{account.username}</span>
      </button>
    </Dropdown>
  );
}
