import type { FormRule } from "antd";
import { useMemo } from "react";
import { LONGEST, type NameFault, nameFault, SHORTEST } from "../lib/names";
import { useText } from "../text/language";
import { texts, type Translate } from "../text/text";

export const nameText = texts({
  short: ["At least {least} characters", "至少 {least} 个字符"],
  long: ["At most {most} characters", "最多 {most} 个字符"],
  character: ["Character {at}, “{character}”, is not allowed: use a-z, 0-9 and the separators - _ .", "第 {at} 个字符“{character}”不允许使用：只能使用小写字母、数字和分隔符 - _ ."],
  uppercase: ["Character {at}, “{character}”: write it in lower case", "第 {at} 个字符“{character}”：请使用小写字母"],
  begins: ["Must not begin with a separator: “{character}”", "分隔符不能为开头：“{character}”"],
  ends: ["Must not end with a separator: “{character}”", "分隔符不能为结尾：“{character}”"],
  run: ["“{run}” (at {at}) can't stand together: write one of . _ __ or any number of -", "第 {at} 个字符起的“{run}”不能连用：请使用单个 . 或 _，两个 _，或任意个 -"],
});

/** A fault of a name in words. */
export function faultInWords(fault: NameFault, t: Translate<typeof nameText>): string {
  switch (fault.kind) {
    case "short":
      return t("short", { least: SHORTEST });
    case "long":
      return t("long", { most: LONGEST });
    case "character":
    case "uppercase":
      return t(fault.kind, { character: fault.character, at: fault.at });
    case "begins":
    case "ends":
      return t(fault.kind, { character: fault.character });
    case "run":
      return t("run", { run: fault.run, at: fault.at });
  }
}

/** The rule for names as antd's Form takes it. */
export function useNameRule(): FormRule {
  const t = useText(nameText);
  return useMemo(
    () => ({
      validator: (_rule: unknown, name: string | undefined) => {
        const fault = name ? nameFault(name) : null;
        return fault ? Promise.reject(new Error(faultInWords(fault, t))) : Promise.resolve();
      },
    }),
    [t],
  );
}
