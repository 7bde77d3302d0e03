import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api, guard, type Model, ok } from "../api/client";
import { ApiProblem } from "../api/problem";
import { csrfToken } from "../api/session-guard";
import { languageWasChosen, useLanguage } from "../text/language";

export type Account = Model<"AccountView">;

interface SessionState {
  /** Who is signed in; null for nobody, undefined while that is not known yet. */
  account: Account | null | undefined;
  signIn: (username: string, password: string) => Promise<void>;
  signOut: () => Promise<void>;
  /** Set while the session is over and the console waits for the password. */
  expired: { account: Account; give: (password: string) => Promise<void>; leave: () => void } | null;
}

const SessionContext = createContext<SessionState | null>(null);
export const SESSION_KEY = ["session"] as const;

async function readSession(): Promise<Account | null> {
  if (csrfToken() === null) return null; // no session: no need to ask and be refused
  try {
    return (await ok(api.GET("/api/v1/session"))).account;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null;
    throw error;
  }
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const { data: account } = useQuery({ queryKey: SESSION_KEY, queryFn: readSession, staleTime: Infinity });
  const { language, setLanguage } = useLanguage();
  const [waiting, setWaiting] = useState<{ done: () => void; refuse: (reason: Error) => void } | null>(null);

  const signIn = useCallback(
    async (username: string, password: string) => {
      const session = await ok(api.POST("/api/v1/session", { body: { username, password } }));
      queries.setQueryData(SESSION_KEY, session.account);
      if (!languageWasChosen()) setLanguage(session.account.language);
    },
    [queries, setLanguage],
  );

  const forget = useCallback(() => {
    queries.clear();
    queries.setQueryData(SESSION_KEY, null);
  }, [queries]);

  const signOut = useCallback(async () => {
    guard.watch(null);
    try {
      await ok(api.DELETE("/api/v1/session"));
    } catch (error) {
      if (!(error instanceof ApiProblem && error.status === 401)) throw error; // over already is just as well
    }
    forget();
  }, [forget]);

  const known = account != null;
  useEffect(() => {
    guard.watch(known ? () => new Promise<void>((done, refuse) => setWaiting({ done, refuse })) : null);
    return () => guard.watch(null);
  }, [known]);

  useSavedLanguage(account, language);

  const expired = useMemo(() => {
    if (!waiting || !account) return null;
    return {
      account,
      give: async (password: string) => {
        await signIn(account.username, password);
        setWaiting(null);
        waiting.done();
      },
      leave: () => {
        setWaiting(null);
        waiting.refuse(new Error("signed out"));
        forget();
      },
    };
  }, [waiting, account, signIn, forget]);

  const state = useMemo(() => ({ account, signIn, signOut, expired }), [account, signIn, signOut, expired]);
  return <SessionContext value={state}>{children}</SessionContext>;
}

/** Tells the account which language its owner chose, so that it is chosen in their next browser too. */
function useSavedLanguage(account: Account | null | undefined, language: Account["language"]): void {
  const queries = useQueryClient();
  const saved = useRef(account?.language);
  useEffect(() => {
    saved.current = account?.language;
  }, [account]);
  useEffect(() => {
    if (!saved.current || saved.current === language || !languageWasChosen()) return;
    saved.current = language;
    void ok(api.PATCH("/api/v1/account", { body: { language } }))
      .then((changed) => queries.setQueryData(SESSION_KEY, changed))
      .catch(() => undefined); // this browser remembers it by itself
  }, [language, queries]);
}

export function useSession(): SessionState {
  const state = use(SessionContext);
  if (state === null) throw new Error("useSession outside of SessionProvider");
  return state;
}

/** The account of a page that only the signed in see. */
export function useAccount(): Account {
  const { account } = useSession();
  if (!account) throw new Error("useAccount on a page for everybody");
  return account;
}
