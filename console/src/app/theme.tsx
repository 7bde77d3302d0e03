import { theme as antd, type ThemeConfig } from "antd";
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { recall, remember } from "../lib/storage";

export type ThemeChoice = "light" | "dark" | "system";

const KEY = "boatyard-theme";
const darkQuery = window.matchMedia("(prefers-color-scheme: dark)");
const stillQuery = window.matchMedia("(prefers-reduced-motion: reduce)");

/** Whether a media query holds, also when that changes. */
function useMedia(query: MediaQueryList): boolean {
  return useSyncExternalStore(
    (changed) => {
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    () => query.matches,
  );
}

interface ThemeState {
  choice: ThemeChoice;
  dark: boolean;
  /** Whether the reader's system asks for less motion. */
  still: boolean;
  choose: (choice: ThemeChoice) => void;
}

const ThemeContext = createContext<ThemeState>({ choice: "system", dark: false, still: false, choose: () => undefined });

export function ThemeProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState<ThemeChoice>(() => {
    const kept = recall(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  });
  const systemIsDark = useMedia(darkQuery);
  const still = useMedia(stillQuery);
  const dark = choice === "dark" || (choice === "system" && systemIsDark);
  useEffect(() => {
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  }, [dark]);
  const choose = useCallback((next: ThemeChoice) => {
    remember(KEY, next);
    setChoice(next);
  }, []);
  const state = useMemo(() => ({ choice, dark, still, choose }), [choice, dark, still, choose]);
  return <ThemeContext value={state}>{children}</ThemeContext>;
}

export function useTheme(): ThemeState {
  return use(ThemeContext);
}

const FONT =
  'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';
const MONO = 'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

/** Antd's tokens: quiet greys, one blue, and no grey text that is too pale to read (WCAG AA). */
export function antdTheme(dark: boolean, still: boolean): ThemeConfig {
  const link = dark ? "#6db3f8" : "#1260c4";
  return {
    algorithm: dark ? antd.darkAlgorithm : antd.defaultAlgorithm,
    cssVar: { key: "css-var-root" },
    token: {
      colorPrimary: dark ? "#2f7fd6" : "#1260c4",
      colorInfo: dark ? "#3b8eea" : "#1260c4",
      colorLink: link,
      colorSuccess: dark ? "#3fb950" : "#1a7f37",
      colorWarning: dark ? "#d29922" : "#9a6700",
      colorError: dark ? "#ff7b72" : "#c9242c",
      fontFamily: FONT,
      fontFamilyCode: MONO,
      borderRadius: 6,
      wireframe: false,
      motion: !still,
      motionDurationMid: "0.12s",
      motionDurationSlow: "0.16s",
      ...(dark ? DARK : LIGHT),
    },
    components: {
      Layout: { headerHeight: 48, headerPadding: "0 16px", siderBg: dark ? "#0f1216" : "#f6f7f9", bodyBg: dark ? "#14181d" : "#ffffff", headerBg: dark ? "#0f1216" : "#f6f7f9" },
      Menu: { itemHeight: 34, itemBg: "transparent", itemMarginInline: 8, itemBorderRadius: 6, activeBarBorderWidth: 0, itemSelectedBg: dark ? "#1c2836" : "#e4edf8", itemSelectedColor: dark ? "#8cc4ff" : "#0d4f9f" },
      Table: { headerBg: "transparent", headerSplitColor: "transparent", cellPaddingBlockSM: 7, cellPaddingInlineSM: 10, headerColor: dark ? "#a5afbb" : "#57606a" },
      Tabs: { horizontalMargin: "0 0 16px 0", horizontalItemPadding: "8px 0", itemSelectedColor: link, itemHoverColor: link, itemActiveColor: link, inkBarColor: link },
      Form: { itemMarginBottom: 20, verticalLabelPadding: "0 0 4px" },
      Card: { headerFontSize: 14 },
      Segmented: { trackBg: dark ? "#0f1216" : "#eceff2", itemSelectedBg: dark ? "#2a333e" : "#ffffff" },
      Tag: { defaultBg: dark ? "#28313b" : "#eceff2" },
    },
  };
}

const LIGHT = {
  colorText: "#1f2328",
  colorTextSecondary: "#57606a",
  colorTextTertiary: "#636c76",
  colorTextDescription: "#57606a",
  colorTextPlaceholder: "#6e7781",
  colorBorder: "#d0d7de",
  colorBorderSecondary: "#e6eaee",
  colorBgLayout: "#ffffff",
  colorSuccessBg: "#ecf7ef",
  colorSuccessBorder: "#a3d5b1",
  colorWarningBg: "#fdf6e3",
  colorWarningBorder: "#e3c77a",
  colorErrorBg: "#fdf1f0",
  colorErrorBorder: "#efb5b1",
} as const;

const DARK = {
  colorBgBase: "#14181d",
  colorBgContainer: "#171c22",
  colorBgElevated: "#1d232b",
  colorBgLayout: "#14181d",
  colorText: "#e3e8ee",
  colorTextSecondary: "#a5afbb",
  colorTextTertiary: "#98a3b0",
  colorTextDescription: "#a5afbb",
  colorTextPlaceholder: "#8b95a1",
  colorBorder: "#39424d",
  colorBorderSecondary: "#272f38",
} as const;
