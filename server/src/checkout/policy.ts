/** What the checkout's pages may do, as their Content-Security-Policy. */
import type { HostedFields } from "../core/ports/hosted-fields.ts";

export interface Policy {
  /** Origins of the pages that may frame it. */
  readonly frames: readonly string[];
  /** What of gateways it may have to show. */
  readonly fields: readonly Pick<HostedFields, "csp" | "trustedTypes">[];
}

export function policyText({ frames, fields }: Policy): string {
  const of = (kind: keyof HostedFields["csp"]) => [...new Set(fields.flatMap(({ csp }) => csp[kind]))];
  const list = (name: string, ...sources: readonly string[]) => `${name} ${sources.join(" ")}`;
  return [
    "default-src 'none'",
    list("script-src", "'self'", ...of("script")),
    "style-src 'self'",
    "img-src 'self' data:",
    list("connect-src", "'self'", ...of("connect")),
    ...(of("frame").length > 0 ? [list("frame-src", ...of("frame"))] : []),
    "form-action 'none'",
    "base-uri 'none'",
    list("frame-ancestors", ...(frames.length > 0 ? frames : ["'none'"])),
    ...trustedTypes(fields),
  ].join("; ");
}

/**
 * Only who loads a gateway's script makes any: `tillway-fields` is for the script itself, `default` for what it loads from its own origins
 * (checkout/src/trusted.ts). Where a gateway's script can't live with them, the merchant's pages do without. See decision 0060.
 */
function trustedTypes(fields: Policy["fields"]): readonly string[] {
  if (!fields.every((each) => each.trustedTypes)) return [];
  return ["require-trusted-types-for 'script'", `trusted-types ${fields.length > 0 ? "tillway-fields default" : "'none'"}`];
}
