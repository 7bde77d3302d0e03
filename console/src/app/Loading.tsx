import { Skeleton } from "antd";
import styles from "./shell.module.css";

/** The place of a page that is on its way; it shows itself only when that takes long. */
export function Loading() {
  return (
    <div className={styles["loading"]}>
      <Skeleton active />
    </div>
  );
}
