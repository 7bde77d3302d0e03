/** What a record of the audit log is about. Pure. */

export type SubjectKind = "repository" | "tag" | "build" | "organization" | "namespace" | "member" | "account" | "robot" | "accessToken";

export interface Subject {
  kind: SubjectKind;
  name: string;
}

interface Facts {
  target: Readonly<Record<string, string>>;
  details: Readonly<Record<string, string>>;
}

/** What something was done to, the largest first. What was made has its name in the details: its path has none. */
export function subjects({ target, details }: Facts): Subject[] {
  const { namespace, name, username } = target;
  const organization = target["organization"] ?? details["organization"];
  const named: [SubjectKind, string | undefined][] = [
    ["repository", namespace && name ? `${namespace}/${name}` : details["repository"]],
    ["tag", target["tag"]],
    ["build", target["number"]],
    ["namespace", name ? undefined : namespace],
    ["organization", organization],
    [organization ? "member" : "account", username ?? details["username"]],
    ["robot", target["robot"] ?? details["robot"]],
    ["accessToken", details["token"]],
  ];
  return named.flatMap(([kind, value]) => (value ? [{ kind, name: value }] : []));
}
