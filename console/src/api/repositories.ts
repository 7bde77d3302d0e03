import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Model, ok, type PageOf } from "./client";
import { FRESH } from "./query-client";
import type { operations } from "./schema";

export type RepositoryRow = Model<"RepositoryRow">;
export type Repository = Model<"RepositoryView">;
export type RepositoryList = NonNullable<operations["list_repositories"]["parameters"]["query"]>;
type Sort = NonNullable<RepositoryList["sort"]>;

/** What names one repository. */
export interface Place {
  namespace: string;
  name: string;
}

export const repositoryKey = ({ namespace, name }: Place) => ["repository", namespace, name] as const;
const LISTS = ["repositories"] as const;

export function useRepositories(query: RepositoryList) {
  return useQuery({
    queryKey: [...LISTS, "all", query],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/repositories", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: FRESH.page,
  });
}

export function useFavourites(query: { q?: string; sort?: Sort; cursor?: string; limit?: number }) {
  return useQuery({
    queryKey: [...LISTS, "favourites", query],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/favourites", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: FRESH.page,
  });
}

export function useActivity(place: Place) {
  return useQuery({
    queryKey: ["activity", place.namespace, place.name],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/repositories/{namespace}/{name}/activity", { params: { path: place }, signal })),
    refetchInterval: FRESH.page,
  });
}

export function useRepository(place: Place) {
  return useQuery({
    queryKey: repositoryKey(place),
    queryFn: ({ signal }) => ok(api.GET("/api/v1/repositories/{namespace}/{name}", { params: { path: place }, signal })),
    refetchInterval: FRESH.page,
  });
}

/** Whether a repository of this name is there already, as far as the caller can see. */
export async function isTaken({ namespace, name }: Place): Promise<boolean> {
  const page = await ok(api.GET("/api/v1/repositories", { params: { query: { namespace, q: name, limit: 100 } } }));
  return page.items.some((row) => row.name === name);
}

export function useCreateRepository() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Model<"NewRepository">) => ok(api.POST("/api/v1/repositories", { body })),
    onSuccess: (made) => {
      queries.setQueryData(repositoryKey(made), made);
      return queries.invalidateQueries({ queryKey: LISTS });
    },
  });
}

export function useChangeRepository(place: Place) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Model<"RepositoryChange">) =>
      ok(api.PATCH("/api/v1/repositories/{namespace}/{name}", { params: { path: place }, body })),
    onSuccess: (changed) => {
      queries.setQueryData(repositoryKey(place), changed);
      return queries.invalidateQueries({ queryKey: LISTS });
    },
  });
}

export function useDeleteRepository(place: Place) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      ok(api.DELETE("/api/v1/repositories/{namespace}/{name}", { params: { path: place, query: { confirm: `${place.namespace}/${place.name}` } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: LISTS }),
  });
}

/** Stars or unstars at once on the screen, and takes it back if the API refuses. */
export function useStar(place: Place) {
  const queries = useQueryClient();
  const key = repositoryKey(place);
  return useMutation({
    mutationFn: (starred: boolean) =>
      starred
        ? ok(api.PUT("/api/v1/favourites/{namespace}/{name}", { params: { path: place } }))
        : ok(api.DELETE("/api/v1/favourites/{namespace}/{name}", { params: { path: place } })),
    onMutate: async (starred) => {
      await queries.cancelQueries({ queryKey: key });
      const before = queries.getQueryData<Repository>(key);
      if (before) queries.setQueryData<Repository>(key, { ...before, starred, star_count: before.star_count + (starred ? 1 : -1) });
      return { before };
    },
    onError: (_error, _starred, context) => queries.setQueryData(key, context?.before),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: key }), queries.invalidateQueries({ queryKey: LISTS })]),
  });
}

/** Changes every copy of one row in the pages of a list that are on the screen. */
export function mapItems<T>(page: PageOf<T> | undefined, change: (item: T) => T): PageOf<T> | undefined {
  return page && { ...page, items: page.items.map(change) };
}
