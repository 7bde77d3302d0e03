import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Model, ok } from "./client";
import { FRESH } from "./query-client";

export type Organization = Model<"OrganizationView">;
export type Member = Model<"MemberView">;
export type Robot = Model<"RobotView">;
export type Role = Model<"Role">;
/** Pages of these lists are as long as the API allows: an organization has few members and robots. */
const LIMIT = 100;

export function useOrganizations() {
  return useQuery({
    queryKey: ["organizations"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/organizations", { params: { query: { limit: LIMIT } }, signal })),
    refetchInterval: FRESH.slow,
  });
}

export function useOrganization(organization: string) {
  return useQuery({
    queryKey: ["organization", organization],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/organizations/{organization}", { params: { path: { organization } }, signal })),
    refetchInterval: FRESH.slow,
  });
}

export function useMembers(organization: string) {
  return useQuery({
    queryKey: ["organization", organization, "members"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/organizations/{organization}/members", { params: { path: { organization }, query: { limit: LIMIT } }, signal })),
    refetchInterval: FRESH.page,
  });
}

export function useRobots(organization: string) {
  return useQuery({
    queryKey: ["organization", organization, "robots"],
    queryFn: ({ signal }) => ok(api.GET("/api/v1/organizations/{organization}/robots", { params: { path: { organization }, query: { limit: LIMIT } }, signal })),
    refetchInterval: FRESH.page,
  });
}

/** A change in an organization; whatever is on the screen of it is read again afterwards. */
export function useOrganizationChange<Wish, Result>(organization: string, act: (wish: Wish) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["organization", organization] }),
        queries.invalidateQueries({ queryKey: ["organizations"] }),
      ]),
  });
}

export const organizationCalls = {
  create: (body: Model<"NewOrganization">) => ok(api.POST("/api/v1/organizations", { body })),
  change: (organization: string) => (body: Model<"OrganizationChange">) =>
    ok(api.PATCH("/api/v1/organizations/{organization}", { params: { path: { organization } }, body })),
  remove: (organization: string) => () =>
    ok(api.DELETE("/api/v1/organizations/{organization}", { params: { path: { organization }, query: { confirm: organization } } })),
  setMember: (organization: string) => ({ username, role }: { username: string; role: Role }) =>
    ok(api.PUT("/api/v1/organizations/{organization}/members/{username}", { params: { path: { organization, username } }, body: { role } })),
  removeMember: (organization: string) => (username: string) =>
    ok(api.DELETE("/api/v1/organizations/{organization}/members/{username}", { params: { path: { organization, username } } })),
  createRobot: (organization: string) => (body: Model<"NewRobot">) =>
    ok(api.POST("/api/v1/organizations/{organization}/robots", { params: { path: { organization } }, body })),
  changeRobot: (organization: string) => ({ robot, ...body }: Model<"RobotChange"> & { robot: string }) =>
    ok(api.PATCH("/api/v1/organizations/{organization}/robots/{robot}", { params: { path: { organization, robot } }, body })),
  rotateRobot: (organization: string) => (robot: string) =>
    ok(api.POST("/api/v1/organizations/{organization}/robots/{robot}/rotate-secret", { params: { path: { organization, robot } } })),
  removeRobot: (organization: string) => (robot: string) =>
    ok(api.DELETE("/api/v1/organizations/{organization}/robots/{robot}", { params: { path: { organization, robot } } })),
} as const;
