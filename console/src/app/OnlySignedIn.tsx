import { Navigate, Outlet, useLocation } from "react-router";
import { useSession } from "./session";

/** The address of the sign-in page that leads back to where somebody wanted to go. */
export function signInPath(location: { pathname: string; search: string }): string {
  const wanted = location.pathname + location.search;
  return wanted === "/" || wanted === "/repositories" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(wanted)}`;
}

/** Pages for people who are signed in; everybody else signs in first and comes back. */
export function OnlySignedIn() {
  const { account } = useSession();
  const location = useLocation();
  if (account === undefined) return null;
  if (account === null) return <Navigate to={signInPath(location)} replace />;
  return <Outlet />;
}
