import { codeOf } from "../core/errors.ts";

/** Errors whose message is already the line that a user needs. */
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

const NO_ANSWER = "PostgreSQL does not answer: check DATABASE_URL and that the server runs.";
const NO_ACCESS = "Set TILLWAY_HOME to a directory that you may write to.";

/** Cures by the code that Node, the driver or PostgreSQL (SQLSTATE) gives an error that a user can mend. */
const cures: Readonly<Record<string, string>> = {
  EADDRINUSE: "Another program uses this port: end it, or set API_PORT (or SANDBOX_PORT) to a free one.",
  EADDRNOTAVAIL: "HOST must be an address of this machine.",
  ENOTFOUND: "This name has no address: check HOST and the host in DATABASE_URL.",
  EAI_AGAIN: "No name server answers: check the network, HOST and the host in DATABASE_URL.",
  ...Object.fromEntries(["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"].map((code) => [code, NO_ANSWER])),
  "57P03": "PostgreSQL is starting or stopping: try again in a moment.",
  "53300": "PostgreSQL has no connection left: raise max_connections, or run fewer processes.",
  "3D000": "Create it first, e.g. with createdb, or mend DATABASE_URL.",
  "28P01": "PostgreSQL refuses the user or password of DATABASE_URL.",
  "28000": "PostgreSQL refuses the user or password of DATABASE_URL.",
  "42501": "Let the role of DATABASE_URL own the database, or grant it what is missing.",
  EACCES: NO_ACCESS,
  EPERM: NO_ACCESS,
  EROFS: NO_ACCESS,
  ENOTDIR: "Set TILLWAY_HOME to another directory.",
  EEXIST: "Set TILLWAY_HOME to another directory.",
  ENOSPC: "Make room, or set TILLWAY_HOME to a directory on another disk.",
};

/** Cures by the message, for errors of the driver that have no code. */
const uncoded: readonly (readonly [RegExp, string])[] = [
  [/client password must be a string/, "PostgreSQL asks for a password, and DATABASE_URL names none."],
  [/unsupported startup parameter/, "The pooler before PostgreSQL refuses a parameter of DATABASE_URL: take `options` out of it."],
  [/does not support SSL connections/, "Take sslmode out of DATABASE_URL, or turn SSL on at the server."],
  [/timeout expired|connection timeout|Connection terminated/, NO_ANSWER],
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

/** One line if a user can mend it, the stack if only we can. */
export function explain(error: unknown, command: string): Explained {
  const { message, name, stack } = error instanceof Error ? error : new Error(String(error));
  if (name === "UsageError") return { text: `tillway: ${message}`, exitCode: 2 };
  const code = deepCodeOf(error);
  if (code.startsWith("ERR_PARSE_ARGS")) return { text: `tillway: ${misread(message, command)}`, exitCode: 2 };
  if (foreseen.has(name)) return { text: `tillway: ${message}`, exitCode: 1 };
  const cure = cureOf(error, code) ?? uncoded.find(([pattern]) => pattern.test(message))?.[1];
  return { text: cure === undefined ? `tillway: ${stack ?? message}` : `tillway: ${sentence(message)} ${cure}`, exitCode: 1 };
}

function cureOf(error: unknown, code: string): string | undefined {
  const { syscall } = (error ?? {}) as { syscall?: string };
  if (code === "EACCES" && syscall === "listen") return "Set API_PORT (or SANDBOX_PORT) to a port above 1023.";
  return cures[code];
}

/** Its own code, or that of its cause. */
function deepCodeOf(error: unknown): string {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return codeOf(error) || (cause === undefined ? "" : deepCodeOf(cause));
}

/** The parser's own words, without its advice about `--`, which helps nobody here. */
function misread(message: string, command: string): string {
  const [first = message] = message.split(/\. (?=To specify)|\. This command/);
  const port = first.includes("'--port'") ? " API_PORT sets the port." : "";
  return `${sentence(first)}${port} See: tillway ${command} --help`;
}

function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
