import { codeOf } from "../core/errors.ts";

/** Errors whose message is already the line a user needs. */
const foreseen = new Set([
  "ConfigError",
  "EmbeddedPostgresError",
  "HomeError",
  "UsageError",
  "TillwayError",
  "UnfitDatabase",
  "SealBroken",
  "StoreUnavailable",
  "JournalError",
]);

/** What to do, by the code that Node, the driver or PostgreSQL (SQLSTATE) gives an error that a user can mend. */
const cures: Readonly<Record<string, string>> = {
  EADDRINUSE: "Another program uses this port: end it, or set API_PORT (or SANDBOX_PORT) to a free one.",
  EADDRNOTAVAIL: "HOST must be an address of this machine.",
  ENOTFOUND: "Nobody knows this name: check HOST and the host in DATABASE_URL.",
  EAI_AGAIN: "No name server answers: check the network, HOST and the host in DATABASE_URL.",
  ECONNREFUSED: "PostgreSQL does not answer: check DATABASE_URL and that the server runs.",
  ECONNRESET: "PostgreSQL does not answer: check DATABASE_URL and that the server runs.",
  EHOSTUNREACH: "PostgreSQL does not answer: check DATABASE_URL and that the server runs.",
  ENETUNREACH: "PostgreSQL does not answer: check DATABASE_URL and that the server runs.",
  ETIMEDOUT: "PostgreSQL does not answer: check DATABASE_URL and that the server runs.",
  "57P03": "PostgreSQL is starting or stopping: try again in a moment.",
  "53300": "PostgreSQL has no connection left: raise max_connections, or run fewer processes.",
  "3D000": "Create it first, e.g. with createdb, or mend DATABASE_URL.",
  "28P01": "PostgreSQL refuses the user or password of DATABASE_URL.",
  "28000": "PostgreSQL refuses the user or password of DATABASE_URL.",
  "42501": "Let the role of DATABASE_URL own the database, or grant it what is missing.",
  EACCES: "Set TILLWAY_HOME to a directory that you may write to.",
  EPERM: "Set TILLWAY_HOME to a directory that you may write to.",
  EROFS: "Set TILLWAY_HOME to a directory that you may write to.",
  ENOTDIR: "Set TILLWAY_HOME to another directory.",
  EEXIST: "Set TILLWAY_HOME to another directory.",
  ENOSPC: "Make room, or set TILLWAY_HOME to a directory on another disk.",
};

/** What the driver says without a code. */
const uncoded: readonly (readonly [RegExp, string])[] = [
  [/client password must be a string/, "PostgreSQL asks for a password, and DATABASE_URL names none."],
  [/unsupported startup parameter/, "The pooler before PostgreSQL refuses what DATABASE_URL sets: take `options` out of it."],
  [/does not support SSL connections/, "Take sslmode out of DATABASE_URL, or turn SSL on at the server."],
  [/timeout expired|connection timeout|Connection terminated/, "PostgreSQL does not answer: check DATABASE_URL and that the server runs."],
];

/** A wrong call of the command line. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

export interface Explained {
  readonly text: string;
  /** 2: the call itself was wrong; 1: anything else. */
  readonly exitCode: 1 | 2;
}

/** One line for what a user can mend, the stack for what only we can. */
export function explain(error: unknown, command: string): Explained {
  const { message, name, stack } = error instanceof Error ? error : new Error(String(error));
  if (name === "UsageError") return { text: `tillway: ${message}`, exitCode: 2 };
  const code = deepCodeOf(error);
  if (code.startsWith("ERR_PARSE_ARGS")) return { text: `tillway: ${misread(message, command)}`, exitCode: 2 };
  if (foreseen.has(name)) return { text: `tillway: ${message}`, exitCode: 1 };
  const cure = cureOf(error, code) ?? uncoded.find(([said]) => said.test(message))?.[1];
  return { text: cure === undefined ? `tillway: ${stack ?? message}` : `tillway: ${sentence(message)} ${cure}`, exitCode: 1 };
}

function cureOf(error: unknown, code: string): string | undefined {
  const { syscall } = (error ?? {}) as { syscall?: string };
  if (code === "EACCES" && syscall === "listen") return "Set API_PORT (or SANDBOX_PORT) to a port above 1023.";
  return cures[code];
}

/** Its own, or that of what caused it. */
function deepCodeOf(error: unknown): string {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return codeOf(error) || (cause === undefined ? "" : deepCodeOf(cause));
}

/** The parser's own words, up to the advice about `--` that helps nobody here. */
function misread(message: string, command: string): string {
  const [first = message] = message.split(/\. (?=To specify)|\. This command/);
  const port = first.includes("'--port'") ? " API_PORT sets the port." : "";
  return `${sentence(first)}${port} See: tillway ${command} --help`;
}

function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
