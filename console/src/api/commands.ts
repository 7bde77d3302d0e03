import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, ok } from "./client";

/** The commands that push and pull an image, whether it is there yet or not. */
export function useCommands(image: { namespace: string; name: string; tag: string } | null) {
  return useQuery({
    queryKey: ["commands", image],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/commands", { params: { query: image ?? { namespace: "", name: "" } }, signal })),
    enabled: image !== null,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}
