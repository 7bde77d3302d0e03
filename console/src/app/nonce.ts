/**
 * Styles under a strict Content-Security-Policy.
 *
 * antd makes its styles while it runs, and the policy takes only those that carry the nonce of this page. Most of
 * antd can be told the nonce; some of its parts (the width of a scroll bar, the page that is locked behind a
 * dialog) can't, so every style element gets it here.
 */
export const NONCE = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";

export function giveStylesTheNonce(): void {
  const create = document.createElement.bind(document) as typeof document.createElement;
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const made = create(name, options);
    if (made instanceof HTMLStyleElement) made.nonce = NONCE;
    return made;
  }) as typeof document.createElement;
}
