import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Model, ok } from "./client";
import { FRESH } from "./query-client";
import type { Place } from "./repositories";
import type { operations } from "./schema";

export type Webhook = Model<"WebhookView">;
export type NewWebhook = Model<"NewWebhook">;
export type WebhookFormat = Model<"Format">;
export type EventType = Model<"EventType">;
export type DeliveryRow = Model<"DeliveryRow">;
export type Delivery = NonNullable<ReturnType<typeof useDelivery>["data"]>;
export type Attempt = Delivery["attempts"][number];
export type DeliveryList = NonNullable<operations["list_deliveries"]["parameters"]["query"]>;

const ROOT = "/api/v1/repositories/{namespace}/{name}/webhooks";
const key = (place: Place) => ["webhooks", place.namespace, place.name] as const;

export interface WebhookPlace extends Place {
  webhook_id: string;
}

export function useWebhooks(place: Place) {
  return useQuery({
    queryKey: [...key(place), "list"],
    queryFn: ({ signal }) => ok(api.GET(ROOT, { params: { path: place, query: { limit: 100 } }, signal })),
    refetchInterval: FRESH.page,
  });
}

export function useWebhook(place: WebhookPlace) {
  return useQuery({
    queryKey: [...key(place), place.webhook_id],
    queryFn: ({ signal }) => ok(api.GET(`${ROOT}/{webhook_id}`, { params: { path: place }, signal })),
    refetchInterval: 5_000,
  });
}

export function useDeliveries(place: WebhookPlace, query: DeliveryList) {
  return useQuery({
    queryKey: [...key(place), place.webhook_id, "deliveries", query],
    queryFn: ({ signal }) => ok(api.GET(`${ROOT}/{webhook_id}/deliveries`, { params: { path: place, query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: FRESH.live,
  });
}

export function useDelivery(place: WebhookPlace, delivery_id: string | null) {
  return useQuery({
    queryKey: [...key(place), place.webhook_id, "delivery", delivery_id],
    queryFn: ({ signal }) =>
      ok(api.GET(`${ROOT}/{webhook_id}/deliveries/{delivery_id}`, { params: { path: { ...place, delivery_id: delivery_id ?? "" } }, signal })),
    enabled: delivery_id !== null,
    refetchInterval: (query) => (query.state.data?.under_way || query.state.data?.state === "pending" ? 1_000 : 5_000),
  });
}

/** What a request would look like; nothing is sent. */
export function usePreview(place: Place, wish: Model<"PreviewWish"> | null) {
  return useQuery({
    queryKey: [...key(place), "preview", wish],
    queryFn: ({ signal }) => ok(api.POST(`${ROOT}/preview`, { params: { path: place }, body: wish ?? PREVIEW, signal })),
    enabled: wish !== null,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

const PREVIEW: Model<"PreviewWish"> = { format: "standard", event: "tag.pushed", url: "https://example.com/hook" };

/** A change of webhooks or deliveries; what is on the screen of them is read again afterwards. */
export function useWebhookChange<Wish, Result>(place: Place, act: (wish: Wish) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: act, onSettled: () => queries.invalidateQueries({ queryKey: key(place) }) });
}

export const webhookCalls = {
  create: (path: Place) => (body: NewWebhook) => ok(api.POST(ROOT, { params: { path }, body })),
  change: (path: WebhookPlace) => (body: Model<"WebhookChange">) => ok(api.PATCH(`${ROOT}/{webhook_id}`, { params: { path }, body })),
  remove: (path: WebhookPlace) => () => ok(api.DELETE(`${ROOT}/{webhook_id}`, { params: { path } })),
  test: (path: WebhookPlace) => (event: EventType) => ok(api.POST(`${ROOT}/{webhook_id}/test`, { params: { path }, body: { event } })),
  rotate: (path: WebhookPlace) => (grace_hours: number) =>
    ok(api.POST(`${ROOT}/{webhook_id}/rotate-secret`, { params: { path }, body: { grace_hours } })),
  replay: (path: WebhookPlace) => (body: Model<"ReplayWish">) => ok(api.POST(`${ROOT}/{webhook_id}/replay`, { params: { path }, body })),
  redeliver: (path: WebhookPlace) => (delivery_id: string) =>
    ok(api.POST(`${ROOT}/{webhook_id}/deliveries/{delivery_id}/redeliver`, { params: { path: { ...path, delivery_id } } })),
} as const;
