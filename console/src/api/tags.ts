import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Model, ok, type PageOf } from "./client";
import { FRESH } from "./query-client";
import { mapItems, type Place, repositoryKey } from "./repositories";
import type { operations } from "./schema";

export type Tag = Model<"TagView">;
export type TagList = NonNullable<operations["list_tags"]["parameters"]["query"]>;

const tagsKey = (place: Place) => ["tags", place.namespace, place.name] as const;

export function useTags(place: Place, query: TagList) {
  return useQuery({
    queryKey: [...tagsKey(place), query],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/repositories/{namespace}/{name}/tags", { params: { path: place, query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: (now) => (now.state.data?.items.length === 0 ? FRESH.live : FRESH.page), // a first push is waited for
  });
}

/** Writes a remark at once on the screen, and takes it back if the API refuses. */
export function useRemark(place: Place) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ tag, remark }: { tag: string; remark: string }) =>
      ok(api.PATCH("/api/v1/repositories/{namespace}/{name}/tags/{tag}", { params: { path: { ...place, tag } }, body: { remark } })),
    onMutate: async ({ tag, remark }) => {
      await queries.cancelQueries({ queryKey: tagsKey(place) });
      const before = queries.getQueriesData<PageOf<Tag>>({ queryKey: tagsKey(place) });
      queries.setQueriesData<PageOf<Tag>>({ queryKey: tagsKey(place) }, (page) =>
        mapItems(page, (item) => (item.name === tag ? { ...item, remark } : item)),
      );
      return { before };
    },
    onError: (_error, _wish, context) => context?.before.forEach(([key, page]) => queries.setQueryData(key, page)),
    onSettled: () => queries.invalidateQueries({ queryKey: tagsKey(place) }),
  });
}

export function useDeleteTag(place: Place) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (tag: string) =>
      ok(api.DELETE("/api/v1/repositories/{namespace}/{name}/tags/{tag}", { params: { path: { ...place, tag } } })),
    onSettled: () =>
      Promise.all([queries.invalidateQueries({ queryKey: tagsKey(place) }), queries.invalidateQueries({ queryKey: repositoryKey(place) })]),
  });
}

export function useTagHistory(place: Place, tag: string | null) {
  return useQuery({
    queryKey: ["tag-history", place.namespace, place.name, tag],
    queryFn: ({ signal }) =>
      ok(api.GET("/api/v1/repositories/{namespace}/{name}/tags/{tag}/history", { params: { path: { ...place, tag: tag ?? "" }, query: { limit: 100 } }, signal })),
    enabled: tag !== null,
    refetchInterval: FRESH.page,
  });
}

export function useRestoreTag(place: Place) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ tag, digest }: { tag: string; digest: string }) =>
      ok(api.POST("/api/v1/repositories/{namespace}/{name}/tags/{tag}/restore", { params: { path: { ...place, tag } }, body: { digest } })),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: tagsKey(place) }),
        queries.invalidateQueries({ queryKey: ["tag-history", place.namespace, place.name] }),
      ]),
  });
}
