import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { SESSION_KEY } from "../app/session";
import { api, type Model, ok } from "./client";
import { FRESH } from "./query-client";

export type Token = Model<"TokenView">;

export function useTokens() {
  return useQuery({
    queryKey: ["tokens"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/account/tokens", { params: { query: { limit: 100 } }, signal })),
    refetchInterval: FRESH.page,
  });
}

export function useCreateToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Model<"NewToken">) => ok(api.POST("/api/v1/account/tokens", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
}

export function useRevokeToken() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (token_id: string) => ok(api.DELETE("/api/v1/account/tokens/{token_id}", { params: { path: { token_id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
}

export function useChangeAccount() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Model<"AccountChange">) => ok(api.PATCH("/api/v1/account", { body })),
    onSuccess: (changed) => queries.setQueryData(SESSION_KEY, changed),
  });
}
