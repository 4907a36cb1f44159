/** The audit store of the exchanges, where `MONGODB_URL` names one. */
import { ConfigError, type Config } from "../config.ts";
import type { Archive } from "../core/ports/archive.ts";
import type { Log } from "../core/ports/world.ts";
import { openArchive, UnfitArchive } from "../storage/mongodb/archive.ts";

const problems: Readonly<Record<UnfitArchive["reason"], { readonly problem: string; readonly cure: string }>> = {
  no_driver: {
    problem: "is set, and the package `mongodb` is not installed",
    cure: "Install it with `npm ci --include=optional`, or take the variable away: PostgreSQL keeps the exchanges then.",
  },
  bad_url: {
    problem: "is no URL that the MongoDB driver understands",
    cure: "Compare its hosts and options with https://www.mongodb.com/docs/manual/reference/connection-string/.",
  },
};

/** Null without a URL: nothing of it is loaded then. Throws `ConfigError`. */
export async function archiveOf({ role, mongodbUrl: url, flow }: Config, log: Log): Promise<Archive | null> {
  if (url === null) return null;
  try {
    return await openArchive({ url, keptMs: flow.retention.exchangesMs, log });
  } catch (error) {
    if (!(error instanceof UnfitArchive)) throw error;
    throw new ConfigError(role, [{ variable: "MONGODB_URL", ...problems[error.reason] }]);
  }
}
