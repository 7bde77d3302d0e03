import type { ReactNode } from "react";
import { useEffect } from "react";
import styles from "./components.module.css";

/** The head of a page: where one is, what it is about, and what one can do. */
export function Page({ title, above, description, actions, children }: {
  title: ReactNode;
  above?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className={styles["page"]}>
      <header className={styles["pageHead"]}>
        <div className={styles["pageTitle"]}>
          {above && <div className={styles["pageAbove"]}>{above}</div>}
          <h1>{title}</h1>
          {description && <p className={styles["pageDescription"]}>{description}</p>}
        </div>
        {actions && <div className={styles["pageActions"]}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** Names the browser's tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Boatyard` : "Boatyard";
  }, [title]);
}
