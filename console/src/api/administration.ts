import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Model, ok } from "./client";
import { FRESH } from "./query-client";
import type { operations } from "./schema";

export type BoatyardHealth = Model<"BoatyardHealthView">;
export type ManagedAccount = Model<"ManagedAccount">;
export type AuditRecord = Model<"AuditView">;
export type AuditList = NonNullable<operations["list_audit"]["parameters"]["query"]>;

/** How every process of every service is. */
export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/administration/health", { signal })),
    refetchInterval: FRESH.page,
  });
}

export function useSweep() {
  return useQuery({
    queryKey: ["sweep"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/administration/registry-sweep", { signal })),
    refetchInterval: (query) => (query.state.data?.running ? FRESH.live : FRESH.page),
  });
}

export function useStartSweep() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => ok(api.POST("/api/v1/administration/registry-sweep")),
    onSuccess: (report) => {
      queries.setQueryData(["sweep"], report);
      return queries.invalidateQueries({ queryKey: ["sweep"] });
    },
  });
}

export function useAccounts(query: { q?: string; cursor?: string; limit?: number }) {
  return useQuery({
    queryKey: ["accounts", query],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/accounts", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: FRESH.page,
  });
}

export function useChangeRights() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ username, ...body }: Model<"AccountRights"> & { username: string }) =>
      ok(api.PATCH("/api/v1/accounts/{username}", { params: { path: { username } }, body })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["accounts"] }),
  });
}

/** Who did what, the newest first. */
export function useAudit(query: AuditList) {
  return useQuery({
    queryKey: ["audit", query],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/administration/audit", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: FRESH.page,
  });
}
