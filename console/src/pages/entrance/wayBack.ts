/** Where to go after signing in: only to a page of this console. */
export function wayBack(next: string | null): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.includes("\\") ? next : "/repositories";
}
