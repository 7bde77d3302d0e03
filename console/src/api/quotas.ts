import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Model, ok } from "./client";
import { FRESH } from "./query-client";

export type Usage = Model<"UsageView">;

/** What a namespace keeps, and may keep. */
export function useUsage(namespace: string) {
  return useQuery({
    queryKey: ["usage", namespace],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/namespaces/{namespace}/usage", { params: { path: { namespace } }, signal })),
    refetchInterval: FRESH.page,
  });
}

/** What an administrator decides: so many bytes, as many as it likes, or what the settings say for all. */
export type QuotaWish = { kind: "limit"; bytes: number } | { kind: "unlimited" } | { kind: "settings" };

function decide(namespace: string, wish: QuotaWish): Promise<unknown> {
  const params = { path: { namespace } };
  if (wish.kind === "settings") return ok(api.DELETE("/api/v1/namespaces/{namespace}/quota", { params }));
  return ok(api.PUT("/api/v1/namespaces/{namespace}/quota", { params, body: { max_bytes: wish.kind === "limit" ? wish.bytes : null } }));
}

export function useDecideQuota(namespace: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wish: QuotaWish) => decide(namespace, wish),
    onSettled: () => queries.invalidateQueries({ queryKey: ["usage", namespace] }),
  });
}
