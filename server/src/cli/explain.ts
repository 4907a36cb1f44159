/** Errors whose message is already the line a user needs. */
const foreseen = new Set([
  "ConfigError",
  "EmbeddedPostgresError",
  "UsageError",
  "TillwayError",
  "UnfitDatabase",
  "SealBroken",
  "StoreUnavailable",
  "JournalError",
]);

/** A wrong call of the command line. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** One line for what a user can mend, the stack for what only we can. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return `tillway: ${String(error)}`;
  const { code } = error as { code?: unknown };
  if (foreseen.has(error.name)) return `tillway: ${error.message}`;
  if (code === "EADDRINUSE")
    return `tillway: ${error.message}. Another program uses this port: end it, or set API_PORT (or SANDBOX_PORT) to a free one.`;
  if (code === "ECONNREFUSED")
    return `tillway: PostgreSQL does not answer (${error.message}). Check DATABASE_URL and that the server runs.`;
  if (code === "3D000") return `tillway: ${error.message}. Create it first, e.g. with createdb, or mend DATABASE_URL.`;
  if (code === "28P01" || code === "28000") return `tillway: PostgreSQL refuses the user or password of DATABASE_URL (${error.message}).`;
  if (code === "EACCES" || code === "EROFS") return `tillway: ${error.message}. Set TILLWAY_HOME to a directory that you may write to.`;
  if (typeof code === "string" && code.startsWith("ERR_PARSE_ARGS")) return `tillway: ${error.message}`;
  return `tillway: ${error.stack ?? error.message}`;
}
