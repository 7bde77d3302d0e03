import { Button, Result } from "antd";
import { Link } from "react-router";
import { useText } from "../text/language";
import { text } from "./text";

/** What is shown where there is nothing, or nothing that the reader may see. */
export function NotFound() {
  const t = useText(text);
  return (
    <Result
      status="404"
      title={<h1 className="result-title">{t("notFound")}</h1>}
      subTitle={t("notFoundText")}
      extra={
        <Link to="/repositories">
          <Button type="primary" tabIndex={-1}>
            {t("goHome")}
          </Button>
        </Link>
      }
    />
  );
}
