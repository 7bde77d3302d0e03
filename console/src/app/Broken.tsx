import { Button, Result } from "antd";
import { useText } from "../text/language";
import { text } from "./text";

/** What is shown where the console itself failed, or a newer one took its place and old files are gone. */
export function Broken() {
  const t = useText(text);
  return (
    <Result
      status="error"
      title={<h1 className="result-title">{t("broken")}</h1>}
      subTitle={t("brokenText")}
      extra={
        <Button type="primary" onClick={() => window.location.reload()}>
          {t("reload")}
        </Button>
      }
    />
  );
}
