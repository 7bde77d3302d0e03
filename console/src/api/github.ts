import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { buildsKey } from "./builds";
import { api, type Model, ok } from "./client";
import { FRESH } from "./query-client";
import { type Place, repositoryKey } from "./repositories";

export type GithubAccount = NonNullable<ReturnType<typeof useGithubAccount>["data"]>;
export type Rule = Model<"RuleView">;
export type RuleWish = Model<"RuleWish">;
export type Source = NonNullable<ReturnType<typeof useSource>["data"]>;
export type Push = NonNullable<ReturnType<typeof usePushes>["data"]>["items"][number];
export type RefKind = RuleWish["type"];

/** What GitHub says changes seldom, and asking it is slow. */
const GITHUB_STALE_MS = 60_000;
const REPOSITORY = "/api/v1/repositories/{namespace}/{name}";
const sourceKey = (place: Place) => ["source", place.namespace, place.name] as const;

export function useGithubAccount(enabled = true) {
  return useQuery({
    queryKey: ["github", "account"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/github/account", { signal })),
    enabled,
    staleTime: 10_000,
  });
}

/** The page at GitHub that asks whether this Boatyard may act for the caller. */
export async function authorizeUrl(return_to: string): Promise<string> {
  return (await ok(api.POST("/api/v1/github/link", { body: { return_to } }))).authorize_url;
}

export function useUnlinkGithub() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => ok(api.DELETE("/api/v1/github/link")),
    onSettled: () => queries.invalidateQueries({ queryKey: ["github"] }),
  });
}

export function useProjects(q: string, enabled: boolean) {
  return useQuery({
    queryKey: ["github", "projects", q],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/github/projects", { params: { query: { q, limit: 50 } }, signal })),
    enabled,
    staleTime: GITHUB_STALE_MS,
  });
}

/** A project's branches or tags, as they are at GitHub now. */
export function useRefs(project: string | null, kind: RefKind, q: string) {
  const [owner = "", repo = ""] = (project ?? "").split("/");
  const path = { owner, repo };
  const query = { q, limit: 50 };
  return useQuery({
    queryKey: ["github", "refs", project, kind, q],
    queryFn: ({ signal }) =>
      kind === "branch"
        ? ok(api.GET("/api/v1/github/projects/{owner}/{repo}/branches", { params: { path, query }, signal }))
        : ok(api.GET("/api/v1/github/projects/{owner}/{repo}/tags", { params: { path, query }, signal })),
    enabled: project !== null,
    staleTime: GITHUB_STALE_MS,
  });
}

export function useDockerfiles(project: string | null) {
  const [owner = "", repo = ""] = (project ?? "").split("/");
  return useQuery({
    queryKey: ["github", "dockerfiles", project],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/github/projects/{owner}/{repo}/dockerfiles", { params: { path: { owner, repo } }, signal })),
    enabled: project !== null,
    staleTime: GITHUB_STALE_MS,
  });
}

export function useSource(place: Place, enabled: boolean) {
  return useQuery({
    queryKey: sourceKey(place),
    queryFn: ({ signal }) => ok(api.GET(`${REPOSITORY}/source`, { params: { path: place }, signal })),
    enabled,
    refetchInterval: FRESH.page,
  });
}

/** Connects a repository with a project and says so in the catalogue. */
export async function setSource(path: Place, project: string): Promise<void> {
  await ok(api.PUT(`${REPOSITORY}/source`, { params: { path }, body: { project, enabled: true, submodules: false, lfs: false } }));
  await ok(api.PATCH(REPOSITORY, { params: { path }, body: { continuous_build: true } }));
}

export async function createRule(path: Place, body: RuleWish): Promise<void> {
  await ok(api.POST(`${REPOSITORY}/build-rules`, { params: { path }, body }));
}

export function useRules(place: Place, enabled: boolean) {
  return useQuery({
    queryKey: [...sourceKey(place), "rules"],
    queryFn: ({ signal }) => ok(api.GET(`${REPOSITORY}/build-rules`, { params: { path: place }, signal })),
    enabled,
    refetchInterval: 5_000,
  });
}

/** Which refs a rule would match now, and as what they would be built. */
export function useRulePreview(place: Place | null, wish: RuleWish | null) {
  return useQuery({
    queryKey: ["rule-preview", place, wish],
    queryFn: ({ signal }) => ok(api.POST(`${REPOSITORY}/build-rules/preview`, { params: { path: place ?? { namespace: "", name: "" } }, body: wish as RuleWish, signal })),
    enabled: place !== null && wish !== null,
    staleTime: GITHUB_STALE_MS,
    retry: false,
  });
}

/** Why a push was built or not. */
export function usePushes(place: Place, query: { cursor?: string; limit?: number }, enabled: boolean) {
  return useQuery({
    queryKey: [...sourceKey(place), "pushes", query],
    queryFn: ({ signal }) => ok(api.GET(`${REPOSITORY}/pushes`, { params: { path: place, query }, signal })),
    enabled,
    refetchInterval: FRESH.page,
  });
}

/** A change of how a repository is built; whatever is on the screen of it is read again afterwards. */
export function useSourceChange<Wish, Result>(place: Place, act: (wish: Wish) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: sourceKey(place) }),
        queries.invalidateQueries({ queryKey: buildsKey(place) }),
        queries.invalidateQueries({ queryKey: repositoryKey(place) }),
      ]),
  });
}

export const sourceCalls = {
  set: (path: Place) => (project: string) => setSource(path, project),
  remove: (path: Place) => async () => {
    await ok(api.DELETE(`${REPOSITORY}/source`, { params: { path } }));
    await ok(api.PATCH(REPOSITORY, { params: { path }, body: { continuous_build: false } }));
  },
  createRule: (path: Place) => (wish: RuleWish) => createRule(path, wish),
  changeRule: (path: Place) => ({ rule, ...body }: Model<"RuleChange"> & { rule: string }) =>
    ok(api.PATCH(`${REPOSITORY}/build-rules/{rule}`, { params: { path: { ...path, rule } }, body })),
  removeRule: (path: Place) => (rule: string) => ok(api.DELETE(`${REPOSITORY}/build-rules/{rule}`, { params: { path: { ...path, rule } } })),
  buildNow: (path: Place) => ({ rule, ref }: { rule: string; ref: string | null }) =>
    ok(api.POST(`${REPOSITORY}/build-rules/{rule}/build`, { params: { path: { ...path, rule } }, body: { ref } })),
} as const;

export function useGithubApp() {
  return useQuery({
    queryKey: ["github", "app"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/github/app", { signal })),
    refetchInterval: FRESH.page,
  });
}

export function useAppChange<Wish, Result>(act: (wish: Wish) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: act, onSettled: () => queries.invalidateQueries({ queryKey: ["github"] }) });
}

export const appCalls = {
  manifest: (body: Model<"ManifestWish">) => ok(api.POST("/api/v1/github/app/manifest", { body })),
  enter: (body: Model<"AppCredentials">) => ok(api.PUT("/api/v1/github/app", { body })),
  rotate: () => ok(api.POST("/api/v1/github/app/rotate-webhook-secret")),
  forget: () => ok(api.DELETE("/api/v1/github/app")),
} as const;

export function useGithubDeliveries(query: { cursor?: string; limit?: number }) {
  return useQuery({
    queryKey: ["github", "deliveries", query],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/github/deliveries", { params: { query }, signal })),
    refetchInterval: FRESH.page,
  });
}
