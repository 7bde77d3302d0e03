import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useEffect } from "react";
import { useSearchParams } from "react-router";
import { returned } from "../pages/source/text";
import { useText } from "../text/language";

/** Says how it went at GitHub, from where the browser was just sent back with `?github=…`. */
export function useGithubReturn(): void {
  const t = useText(returned);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [parameters, setParameters] = useSearchParams();
  const told = parameters.get("github");
  useEffect(() => {
    if (told === null) return;
    setParameters(
      (current) => {
        const next = new URLSearchParams(current);
        next.delete("github");
        return next;
      },
      { replace: true },
    );
    if (!(told in returned)) return;
    const good = told === "linked" || told === "installed" || told === "app-made";
    void message[good ? "success" : "warning"](t(told as keyof typeof returned));
    void queries.invalidateQueries({ queryKey: ["github"] });
  }, [told, setParameters, message, queries, t]);
}
