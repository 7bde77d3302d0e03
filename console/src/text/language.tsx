import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";
import { type Language, LANGUAGES, preferredLanguage, type Texts, type Translate, translator } from "./text";
import { recall, remember } from "../lib/storage";

const KEY = "boatyard-language";

interface LanguageState {
  language: Language;
  setLanguage: (language: Language) => void;
}

const LanguageContext = createContext<LanguageState>({ language: "en", setLanguage: () => undefined });

/** The language chosen here before, else the browser's. */
export function initialLanguage(): Language {
  const chosen = recall(KEY);
  return LANGUAGES.find((known) => known === chosen) ?? preferredLanguage(navigator.languages);
}

/** Whether somebody chose a language in this browser. */
export function languageWasChosen(): boolean {
  return recall(KEY) !== null;
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, choose] = useState<Language>(initialLanguage);
  const setLanguage = useCallback((next: Language) => {
    remember(KEY, next);
    choose(next);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  const state = useMemo(() => ({ language, setLanguage }), [language, setLanguage]);
  return <LanguageContext value={state}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageState {
  return use(LanguageContext);
}

/** The texts of a table in the language that is chosen now. */
export function useText<T extends Texts>(table: T): Translate<T> {
  const { language } = use(LanguageContext);
  return useMemo(() => translator(table, language), [table, language]);
}
