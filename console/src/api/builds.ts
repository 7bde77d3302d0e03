import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok } from "./client";
import { FRESH } from "./query-client";
import type { Place } from "./repositories";
import type { operations } from "./schema";

export type Build = NonNullable<ReturnType<typeof useBuilds>["data"]>["items"][number];
export type BuildDetails = NonNullable<ReturnType<typeof useBuild>["data"]>;
export type BuildList = NonNullable<operations["list_builds"]["parameters"]["query"]>;

const ROOT = "/api/v1/repositories/{namespace}/{name}/builds";
export const buildsKey = (place: Place) => ["builds", place.namespace, place.name] as const;

export function useBuilds(place: Place, query: BuildList) {
  return useQuery({
    queryKey: [...buildsKey(place), "list", query],
    queryFn: ({ signal }) => ok(api.GET(ROOT, { params: { path: place, query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: (state) => (state.state.data?.items.some((build) => build.group === "building") ? FRESH.live : 5_000),
  });
}

export function useBuild(place: Place, number: number) {
  return useQuery({
    queryKey: [...buildsKey(place), number],
    queryFn: ({ signal }) => ok(api.GET(`${ROOT}/{number}`, { params: { path: { ...place, number } }, signal })),
    refetchInterval: (state) => (state.state.data?.group === "building" ? FRESH.live : FRESH.slow),
  });
}

/** Something done to a build; whatever is on the screen of the builds is read again afterwards. */
function useBuildChange<Result>(place: Place, act: (number: number) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: act, onSettled: () => queries.invalidateQueries({ queryKey: buildsKey(place) }) });
}

export function useCancelBuild(place: Place) {
  return useBuildChange(place, (number) => ok(api.POST(`${ROOT}/{number}/cancel`, { params: { path: { ...place, number } } })));
}

export function useRetryBuild(place: Place) {
  return useBuildChange(place, (number) => ok(api.POST(`${ROOT}/{number}/retry`, { params: { path: { ...place, number } } })));
}

/** Where a build's log is: text for a download, events for the live page. */
export function logAddress({ namespace, name }: Place, number: number): string {
  return `/api/v1/repositories/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/builds/${number}/log`;
}
