import { describe, it } from "vitest";

/** A suite and the server it needs. */
export interface Need {
  /** The server's URL; empty if there is none (the suite is then skipped, so nobody uses it). */
  readonly url: string;
  /** `describe`, or a form of it that is skipped with its reason in the name, or that fails. */
  readonly describe: (name: string, body: () => void) => void;
}

/** The verdict about a server: use it, or skip or fail with the reason. */
export type Verdict = { readonly use: string } | { readonly skip: string } | { readonly fail: string };

/** Decides whether a suite runs. Required means REQUIRE_SERVICES=1: if all servers are promised, none may be skipped. */
export function judge(service: string, url: string | undefined, required: boolean): Verdict {
  if (url) return { use: url };
  const reason = `needs ${service}, and its URL is not set`;
  return required ? { fail: `${reason}, but REQUIRE_SERVICES=1 forbids to skip` } : { skip: reason };
}

/**
 * Names the server of a suite: `const redis = needs("redis", process.env.REDIS_URL); redis.describe("…", () => {…})`.
 * Without the server the suite is skipped with the reason in its name; with REQUIRE_SERVICES=1 it fails instead.
 */
export function needs(service: string, url: string | undefined, required = process.env.REQUIRE_SERVICES === "1"): Need {
  const verdict = judge(service, url, required);
  if ("use" in verdict) return { url: verdict.use, describe: (name, body) => void describe(name, body) };
  if ("skip" in verdict) return { url: "", describe: (name, body) => void describe.skip(`${name} (${verdict.skip})`, body) };
  return { url: "", describe: (name) => void describe(name, () => it("has its server", () => refuse(verdict.fail))) };
}

function refuse(reason: string): never {
  throw new Error(reason);
}
