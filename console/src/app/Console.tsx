import { QueryClientProvider } from "@tanstack/react-query";
import { App, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { useMemo, useState } from "react";
import { RouterProvider } from "react-router";
import { makeQueryClient } from "../api/query-client";
import { LanguageProvider, useLanguage } from "../text/language";
import { NONCE } from "./nonce";
import { makeRouter } from "./routes";
import { SessionProvider } from "./session";
import { antdTheme, ThemeProvider, useTheme } from "./theme";

/** The whole console. */
export function Console() {
  const [queries] = useState(makeQueryClient);
  return (
    <ThemeProvider>
      <LanguageProvider>
        <QueryClientProvider client={queries}>
          <Dressed />
        </QueryClientProvider>
      </LanguageProvider>
    </ThemeProvider>
  );
}

function Dressed() {
  const { dark, still } = useTheme();
  const { language } = useLanguage();
  const theme = useMemo(() => antdTheme(dark, still), [dark, still]);
  const [router] = useState(makeRouter);
  return (
    <ConfigProvider
      theme={theme}
      locale={language === "zh" ? zhCN : enUS}
      csp={{ nonce: NONCE }}
      button={{ autoInsertSpace: false }}
      form={{ requiredMark: "optional" }}
    >
      <App message={{ maxCount: 3 }}>
        <SessionProvider>
          <RouterProvider router={router} />
        </SessionProvider>
      </App>
    </ConfigProvider>
  );
}
