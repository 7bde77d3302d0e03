import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "./problem";

/** How often a page that is looked at asks whether somebody else changed something, in milliseconds. */
export const FRESH = { live: 2_000, page: 5_000, slow: 60_000 } as const;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        retry: (failures, error) => !(error instanceof ApiProblem && error.status < 500) && failures < 3,
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
}
