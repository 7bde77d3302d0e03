import { DesktopOutlined, GlobalOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import { Button, Dropdown, Flex } from "antd";
import { useLanguage, useText } from "../text/language";
import type { Language } from "../text/text";
import { text } from "./text";
import { type ThemeChoice, useTheme } from "./theme";

/** Each language by its own name, so that whoever needs it can read it. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", zh: "简体中文" };

/** Language and theme, on every page. */
export function Preferences() {
  const t = useText(text);
  const { language, setLanguage } = useLanguage();
  const { choice, choose } = useTheme();
  const icons = { light: <SunOutlined aria-hidden />, dark: <MoonOutlined aria-hidden />, system: <DesktopOutlined aria-hidden /> };
  return (
    <Flex gap={4}>
      <Dropdown
        trigger={["click"]}
        menu={{
          selectable: true,
          selectedKeys: [language],
          items: Object.entries(LANGUAGE_NAMES).map(([key, label]) => ({ key, label })),
          onClick: ({ key }) => setLanguage(key as Language),
        }}
      >
        <Button type="text" size="small" icon={<GlobalOutlined aria-hidden />} aria-label={`${t("language")}: ${LANGUAGE_NAMES[language]}`}>
          {LANGUAGE_NAMES[language]}
        </Button>
      </Dropdown>
      <Dropdown
        trigger={["click"]}
        menu={{
          selectable: true,
          selectedKeys: [choice],
          items: (["light", "dark", "system"] as const).map((key) => ({ key, icon: icons[key], label: t(key) })),
          onClick: ({ key }) => choose(key as ThemeChoice),
        }}
      >
        <Button type="text" size="small" icon={icons[choice]} aria-label={t("theme")} />
      </Dropdown>
    </Flex>
  );
}
