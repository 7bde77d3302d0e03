import { Select, type SelectProps } from "antd";
import type { Role } from "../../api/organizations";
import { useText } from "../../text/language";
import { text } from "./text";

const ROLES = ["reader", "writer", "admin"] as const;
const HELP = { reader: "readerHelp", writer: "writerHelp", admin: "adminHelp" } as const;

/** A role, with what it lets somebody do. */
export function RoleSelect(props: SelectProps<Role>) {
  const t = useText(text);
  return (
    <Select
      popupMatchSelectWidth={false}
      options={ROLES.map((value) => ({ value, label: t(value) }))}
      optionRender={({ value }) => (
        <>
          {t(value as Role)} <span className="secondary">{t(HELP[value as Role])}</span>
        </>
      )}
      {...props}
    />
  );
}
