import { type ComponentType, lazy, Suspense } from "react";
import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { Broken } from "./Broken";
import { loaded } from "./fresh";
import { Loading } from "./Loading";
import { NotFound } from "./NotFound";
import { OnlySignedIn } from "./OnlySignedIn";
import { Shell } from "./Shell";

/**
 * A page that is loaded when it is first opened; the frame around it is there at once.
 *
 * The loader only begins to load it, so that a page and the tab within it come at the same time.
 */
function page<Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name): Pick<RouteObject, "element" | "loader"> {
  const Page = lazy(async () => ({ default: (await loaded(load))[name] as ComponentType }));
  return {
    loader: () => {
      void load().catch(() => undefined); // shown where it is used
      return null;
    },
    element: (
      <Suspense fallback={<Loading />}>
        <Page />
      </Suspense>
    ),
  };
}

const signedIn: RouteObject[] = [
  { path: "repositories", ...page(() => import("../pages/repositories/RepositoriesPage"), "RepositoriesPage") },
  { path: "repositories/new", ...page(() => import("../pages/create/CreatePage"), "CreatePage") },
  { path: "organizations", ...page(() => import("../pages/organizations/OrganizationsPage"), "OrganizationsPage") },
  { path: "organizations/:organization/:tab?", ...page(() => import("../pages/organizations/OrganizationPage"), "OrganizationPage") },
  { path: "account/:tab?", ...page(() => import("../pages/account/AccountPage"), "AccountPage") },
  { path: "administration/:tab?", ...page(() => import("../pages/administration/AdministrationPage"), "AdministrationPage") },
];

const tags = page(() => import("../pages/repository/TagsTab"), "TagsTab");

const repository: RouteObject = {
  path: "repositories/:namespace/:name",
  ...page(() => import("../pages/repository/RepositoryPage"), "RepositoryPage"),
  children: [
    { index: true, ...tags },
    { path: "tags", ...tags },
    { path: "builds", ...page(() => import("../pages/builds/BuildsTab"), "BuildsTab") },
    { path: "builds/:number", ...page(() => import("../pages/builds/BuildPage"), "BuildPage") },
    { path: "webhooks", ...page(() => import("../pages/webhooks/WebhooksTab"), "WebhooksTab") },
    { path: "webhooks/:webhook", ...page(() => import("../pages/webhooks/RecordsPage"), "RecordsPage") },
    { path: "information", ...page(() => import("../pages/repository/InformationTab"), "InformationTab") },
    { path: "*", element: <NotFound /> },
  ],
};

const everybody: RouteObject[] = [
  { index: true, element: <Navigate to="/repositories" replace /> },
  { path: "explore", ...page(() => import("../pages/explore/ExplorePage"), "ExplorePage") },
  repository,
  { path: "*", element: <NotFound /> },
];

/** Before the door: without the frame. */
const entrance: RouteObject[] = [
  { path: "sign-in", ...page(() => import("../pages/entrance/SignInPage"), "SignInPage") },
  { path: "sign-up", ...page(() => import("../pages/entrance/SignUpPage"), "SignUpPage") },
];

/** Every page has an address. */
export function makeRouter() {
  return createBrowserRouter([
    {
      errorElement: <Broken />,
      HydrateFallback: () => null, // the loaders above end at once
      children: [
        ...entrance,
        { element: <Shell />, children: [{ errorElement: <Broken />, children: [{ element: <OnlySignedIn />, children: signedIn }, ...everybody] }] },
      ],
    },
  ]);
}
