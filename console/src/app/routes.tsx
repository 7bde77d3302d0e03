import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { Broken } from "./Broken";
import { NotFound } from "./NotFound";
import { OnlySignedIn } from "./OnlySignedIn";
import { Shell } from "./Shell";

/** Pages for people who are signed in. Every page has an address, and is loaded when it is first opened. */
const signedIn: RouteObject[] = [
  { path: "repositories", lazy: async () => ({ Component: (await import("../pages/repositories/RepositoriesPage")).RepositoriesPage }) },
  { path: "repositories/new", lazy: async () => ({ Component: (await import("../pages/create/CreatePage")).CreatePage }) },
  { path: "organizations", lazy: async () => ({ Component: (await import("../pages/organizations/OrganizationsPage")).OrganizationsPage }) },
  { path: "organizations/:organization/:tab?", lazy: async () => ({ Component: (await import("../pages/organizations/OrganizationPage")).OrganizationPage }) },
  { path: "account/:tab?", lazy: async () => ({ Component: (await import("../pages/account/AccountPage")).AccountPage }) },
  { path: "administration/:tab?", lazy: async () => ({ Component: (await import("../pages/administration/AdministrationPage")).AdministrationPage }) },
];

const repository: RouteObject = {
  path: "repositories/:namespace/:name",
  lazy: async () => ({ Component: (await import("../pages/repository/RepositoryPage")).RepositoryPage }),
  children: [
    { index: true, lazy: async () => ({ Component: (await import("../pages/repository/TagsTab")).TagsTab }) },
    { path: "tags", lazy: async () => ({ Component: (await import("../pages/repository/TagsTab")).TagsTab }) },
    { path: "information", lazy: async () => ({ Component: (await import("../pages/repository/InformationTab")).InformationTab }) },
    { path: "*", element: <NotFound /> },
  ],
};

const everybody: RouteObject[] = [
  { index: true, element: <Navigate to="/repositories" replace /> },
  { path: "explore", lazy: async () => ({ Component: (await import("../pages/explore/ExplorePage")).ExplorePage }) },
  repository,
  { path: "*", element: <NotFound /> },
];

export function makeRouter() {
  return createBrowserRouter([
    {
      errorElement: <Broken />,
      hydrateFallbackElement: <div />,
      children: [
        { path: "sign-in", lazy: async () => ({ Component: (await import("../pages/entrance/SignInPage")).SignInPage }) },
        { path: "sign-up", lazy: async () => ({ Component: (await import("../pages/entrance/SignUpPage")).SignUpPage }) },
        { element: <Shell />, children: [{ errorElement: <Broken />, children: [{ element: <OnlySignedIn />, children: signedIn }, ...everybody] }] },
      ],
    },
  ]);
}
