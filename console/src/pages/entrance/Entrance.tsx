import type { ReactNode } from "react";
import { Link } from "react-router";
import { Logo } from "../../app/Logo";
import { Preferences } from "../../app/Preferences";
import { useText } from "../../text/language";
import styles from "./entrance.module.css";
import { text } from "./text";

/** The frame of the pages before the door. */
export function Entrance({ title, children, below }: { title: string; children: ReactNode; below?: ReactNode }) {
  const t = useText(text);
  return (
    <main className={styles["entrance"]}>
      <div className={styles["card"]}>
        <Logo size={44} />
        <h1>{title}</h1>
        <p className="secondary">{t("claim")}</p>
        {children}
        <div className={styles["below"]}>{below}</div>
      </div>
      <div className={styles["foot"]}>
        <Link to="/explore">{t("look")}</Link>
        <Preferences />
      </div>
    </main>
  );
}
