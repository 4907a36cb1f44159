import { describe, it } from "vitest";

/** What a suite does about a server it needs. */
export interface Need {
  /** Where the server is; empty where there is none (the suite is then skipped, so nobody uses it). */
  readonly url: string;
  /** `describe`, or a form of it that is skipped with its reason, or that fails. */
  readonly describe: (name: string, body: () => void) => void;
}

/**
 * Says what a suite needs: `const redis = needs("redis", process.env.REDIS_URL); redis.describe("…", () => {…})`.
 * Without the server the suite is skipped with the reason in its name; with REQUIRE_SERVICES=1 it fails instead.
 */
export function needs(service: string, url: string | undefined, required = process.env.REQUIRE_SERVICES === "1"): Need {
  if (url) return { url, describe: (name, body) => void describe(name, body) };
  const reason = `needs ${service}, and its URL is not set`;
  if (!required) return { url: "", describe: (name, body) => void describe.skip(`${name} (skipped: ${reason})`, body) };
  return { url: "", describe: (name) => void describe(name, () => it(reason, () => refuse(reason))) };
}

function refuse(reason: string): never {
  throw new Error(`${reason}, but REQUIRE_SERVICES=1 forbids to skip`);
}
