import type { ReactNode } from "react";
import styles from "./components.module.css";

/** An empty list that says what it will hold and how the first one gets there. */
export function Empty({ title, children, icon, actions }: {
  title: string;
  children?: ReactNode;
  icon?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={styles["empty"]}>
      {icon && <div className={styles["emptyIcon"]} aria-hidden="true">{icon}</div>}
      <h2>{title}</h2>
      {children && <div className={styles["emptyText"]}>{children}</div>}
      {actions && <div className={styles["emptyActions"]}>{actions}</div>}
    </div>
  );
}
