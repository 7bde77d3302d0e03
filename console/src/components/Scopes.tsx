import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Form, Input, Radio, Tag } from "antd";
import type { Model } from "../api/client";
import { useText } from "../text/language";
import { texts } from "../text/text";
import styles from "./scopes.module.css";

export const scopeText = texts({
  scope: ["May do", "权限范围"],
  everything: ["Everything its owner may do", "与所有者相同的全部权限"],
  narrowed: ["Only this:", "仅限以下权限："],
  repository: ["Repositories", "仓库"],
  repositoryHelp: ["namespace/name, namespace/*, or * for all", "可填写 命名空间/仓库名、命名空间/*，或用 * 表示全部"],
  required: ["Say which repositories", "请填写仓库"],
  oneVerb: ["Choose at least one", "请至少选择一项"],
  add: ["Add repositories", "添加仓库"],
  remove: ["Take this line out", "移除这一行"],
  pull: ["pull", "拉取"],
  push: ["push", "推送"],
  delete: ["delete", "删除"],
  admin: ["admin", "管理"],
  all: ["everything", "全部权限"],
  expires: ["Expires", "有效期"],
  never: ["Never", "永不过期"],
  days: ["In {count} {count|day|days}", "{count} 天后"],
  onDate: ["On a day", "指定日期"],
});

const VERBS = ["pull", "push", "delete", "admin"] as const;
export type Scope = Model<"ScopeView">;

/** Whatever the owner may do. */
export const EVERYTHING: Scope = { repository: "*", verbs: [...VERBS] };

/** What a credential is good for: everything, or verbs on repositories. */
export function ScopesField({ example }: { example: string }) {
  const t = useText(scopeText);
  const narrowed = Form.useWatch<boolean | undefined>("narrowed") ?? false;
  return (
    <>
      <Form.Item label={t("scope")} name="narrowed">
        <Radio.Group
          className={styles["choices"]}
          options={[
            { value: false, label: t("everything") },
            { value: true, label: t("narrowed") },
          ]}
        />
      </Form.Item>
      {narrowed && (
        <Form.List name="scopes" initialValue={[{ repository: "", verbs: ["pull"] }]}>
          {(lines, { add, remove }) => (
            <div className={styles["scopes"]}>
              {lines.map(({ key, name }) => (
                <div key={key} className={styles["line"]}>
                  <Form.Item name={[name, "repository"]} rules={[{ required: true, message: t("required") }]} style={{ marginBottom: 6 }}>
                    <Input aria-label={t("repository")} placeholder={example} autoCapitalize="none" spellCheck={false} />
                  </Form.Item>
                  <Form.Item name={[name, "verbs"]} rules={[{ required: true, message: t("oneVerb") }]} style={{ marginBottom: 6 }}>
                    <Checkbox.Group options={VERBS.map((value) => ({ value, label: t(value) }))} />
                  </Form.Item>
                  {lines.length > 1 && <Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} aria-label={t("remove")} onClick={() => remove(name)} />}
                </div>
              ))}
              <p className="secondary">{t("repositoryHelp")}</p>
              <Button size="small" icon={<PlusOutlined aria-hidden />} onClick={() => add({ repository: "", verbs: ["pull"] })}>
                {t("add")}
              </Button>
            </div>
          )}
        </Form.List>
      )}
    </>
  );
}

/** Scopes in a table. */
export function Scopes({ scopes }: { scopes: readonly Scope[] }) {
  const t = useText(scopeText);
  return scopes.map((scope) => {
    const all = VERBS.every((verb) => scope.verbs.includes(verb));
    return (
      <Tag key={scope.repository} className={styles["scope"]}>
        <span className="mono">{scope.repository}</span> {all ? t("all") : VERBS.filter((verb) => scope.verbs.includes(verb)).map((verb) => t(verb)).join(" · ")}
      </Tag>
    );
  });
}

const DAYS = [7, 30, 90, 365] as const;

/** When a credential ends: a number of days, a day, or never. */
export function ExpiryField() {
  const t = useText(scopeText);
  const chosen = Form.useWatch<string | undefined>("expires");
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  return (
    <Form.Item label={t("expires")} required>
      <Form.Item name="expires" noStyle>
        <Radio.Group
          className={styles["choices"]}
          options={[
            ...DAYS.map((days) => ({ value: String(days), label: t("days", { count: days }) })),
            { value: "day", label: t("onDate") },
            { value: "never", label: t("never") },
          ]}
        />
      </Form.Item>
      {chosen === "day" && (
        <Form.Item name="day" rules={[{ required: true }]} style={{ margin: "8px 0 0" }}>
          <Input type="date" min={tomorrow} aria-label={t("onDate")} style={{ width: 180 }} />
        </Form.Item>
      )}
    </Form.Item>
  );
}

/** The moment that an ExpiryField stands for. */
export function expiryMoment(expires: string, day: string | undefined, now: Date): string | null {
  if (expires === "never") return null;
  if (expires === "day") return day ? new Date(`${day}T23:59:59`).toISOString() : null;
  return new Date(now.getTime() + Number(expires) * 86_400_000).toISOString();
}
