/**
 * Trusted Types of a page that shows a gateway's card fields: its script may load further ones from the origins that the gateway names. Texts
 * are made into no script and no page, by whoever it is.
 */

interface TrustedTypes {
  readonly defaultPolicy: unknown;
  createPolicy(name: "default", rules: { createScriptURL(url: string): string | null }): unknown;
}

/** A document has one default policy: the first gateway's origins, and those of later ones. */
const trusted = new Set<string>();

/** @param origins as in a Content-Security-Policy: `https://*.gateway.example` too */
export function trustScriptsOf(origins: readonly string[]): void {
  for (const origin of origins) trusted.add(origin);
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (!trustedTypes || trustedTypes.defaultPolicy) return;
  trustedTypes.createPolicy("default", { createScriptURL: (url) => (isOf([...trusted], url) ? url : null) });
}

export function isOf(origins: readonly string[], text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return origins.some((origin) => {
    const [scheme = "", suffix] = origin.split("://*");
    return suffix === undefined ? url.origin === origin : url.protocol === `${scheme}:` && url.host.endsWith(suffix) && url.host !== suffix;
  });
}
