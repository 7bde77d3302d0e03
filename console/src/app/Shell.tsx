import { ApiOutlined, AppstoreOutlined, CompassOutlined, MenuOutlined, SettingOutlined, TeamOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Drawer, Menu, type MenuProps } from "antd";
import { type ReactNode, Suspense, useEffect, useState } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { useText } from "../text/language";
import { Logo } from "./Logo";
import { Preferences } from "./Preferences";
import { signInPath } from "./OnlySignedIn";
import { ReSignIn } from "./ReSignIn";
import { useSession } from "./session";
import styles from "./shell.module.css";
import { text } from "./text";
import { useGithubReturn } from "./useGithubReturn";
import { UserMenu } from "./UserMenu";

interface Entry {
  to: string;
  label: string;
  icon: ReactNode;
}

/** The frame of every page: the menu on the left, the page on the right. */
export function Shell() {
  const t = useText(text);
  const [open, setOpen] = useState(false);
  const location = useLocation();
  useEffect(() => setOpen(false), [location.pathname]);
  useGithubReturn();
  return (
    <div className={styles["shell"]}>
      <a className={styles["skip"]} href="#content">
        {t("skip")}
      </a>
      <header className={styles["topBar"]}>
        <Button type="text" icon={<MenuOutlined aria-hidden />} aria-label={t("menu")} onClick={() => setOpen(true)} />
        <Brand />
      </header>
      <aside className={styles["side"]} aria-label={t("menu")}>
        <Side />
      </aside>
      <Drawer open={open} onClose={() => setOpen(false)} placement="left" size={260} title={<Brand />} styles={{ body: { padding: 0 } }}>
        <Side bare />
      </Drawer>
      <main id="content" className={styles["content"]} tabIndex={-1}>
        <Suspense>
          <Outlet />
        </Suspense>
      </main>
      <ReSignIn />
    </div>
  );
}

function Brand() {
  return (
    <Link to="/repositories" className={styles["brand"]}>
      <Logo /> Boatyard
    </Link>
  );
}

function Side({ bare = false }: { bare?: boolean }) {
  const t = useText(text);
  const { account } = useSession();
  const location = useLocation();
  const entries: Entry[] = [
    ...(account ? [{ to: "/repositories", label: t("repositories"), icon: <AppstoreOutlined aria-hidden /> }] : []),
    { to: "/explore", label: t("explore"), icon: <CompassOutlined aria-hidden /> },
    ...(account
      ? [
          { to: "/organizations", label: t("organizations"), icon: <TeamOutlined aria-hidden /> },
          { to: "/account", label: t("account"), icon: <UserOutlined aria-hidden /> },
        ]
      : []),
    ...(account?.administrator ? [{ to: "/administration", label: t("administration"), icon: <SettingOutlined aria-hidden /> }] : []),
  ];
  const items: MenuProps["items"] = entries.map(({ to, label, icon }) => ({ key: to, icon, label: <Link to={to}>{label}</Link> }));
  const chosen = entries.filter(({ to }) => location.pathname === to || location.pathname.startsWith(`${to}/`)).map(({ to }) => to);
  return (
    <div className={styles["sideInner"]}>
      {!bare && (
        <div className={styles["sideBrand"]}>
          <Brand />
        </div>
      )}
      <nav aria-label={t("mainMenu")} className={styles["nav"]}>
        <Menu mode="inline" items={items} selectedKeys={chosen} style={{ border: 0 }} />
      </nav>
      <div className={styles["sideFoot"]}>
        <a href="/api/docs" target="_blank" rel="noreferrer" className={styles["quiet"]}>
          <ApiOutlined aria-hidden /> {t("apiDocs")}
        </a>
        <Preferences />
        {account && <UserMenu account={account} />}
        {account === null && (
          <Link to={signInPath(location)}>
            <Button type="primary" block tabIndex={-1}>
              {t("signIn")}
            </Button>
          </Link>
        )}
      </div>
    </div>
  );
}
