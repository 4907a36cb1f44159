import { codeOf } from "../core/errors.ts";
import { exitCodes, type ExitCode } from "./exit-codes.ts";

/** Errors whose message is already the line that a user needs. */
const foreseen = new Set([
  "EmbeddedPostgresError",
  "HomeError",
  "TillwayError",
  "UnfitDatabase",
  "SealBroken",
  "StoreUnavailable",
  "JournalError",
  "ApiRefusal",
  "NoTillway",
  "Failure",
]);

const NO_ANSWER = "PostgreSQL does not answer: check DATABASE_URL and that the server runs.";
/**
 * Cures for what a user can mend, by the code that Node, the driver or PostgreSQL (SQLSTATE) gives an error and the call of the system that
 * failed, or by its message. The first that fits counts.
 */
const cures: readonly (readonly [RegExp, string])[] = [
  [
    /^EADDRINUSE /,
    "Another program uses this port: end it, or choose a free one by API_PORT (or CHECKOUT_PORT, DASHBOARD_PORT, SANDBOX_PORT), or by --port if the command takes it.",
  ],
  [/^EADDRNOTAVAIL /, "HOST must be an address of this machine."],
  [/^ENOTFOUND /, "This name has no address: check HOST and the host in DATABASE_URL."],
  [/^EAI_AGAIN /, "No name server answers: check the network, HOST and the host in DATABASE_URL."],
  [/^(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT) /, NO_ANSWER],
  [
    /^(ENOENT|EACCES) connect .*\.s\.PGSQL\./,
    "No PostgreSQL can be asked by this socket: check host and port in DATABASE_URL (`npm start` without one: start it again), and that the server runs.",
  ],
  [/^57P03 /, "PostgreSQL is starting or stopping: try again in a moment."],
  [/^53300 /, "PostgreSQL has no connection left: raise max_connections, or run fewer processes."],
  [/^3D000 /, "Create it first, e.g. with createdb, or mend DATABASE_URL."],
  [/^(28P01|28000) /, "PostgreSQL refuses the user or password of DATABASE_URL."],
  [/^42501 /, "Let the role of DATABASE_URL own the database, or grant it what is missing."],
  [
    /^EACCES listen /,
    "Choose a port above 1023 by API_PORT (or CHECKOUT_PORT, DASHBOARD_PORT, SANDBOX_PORT), or by --port if the command takes it.",
  ],
  [/^(EACCES|EPERM|EROFS) /, "Set TILLWAY_HOME to a directory that you may write to."],
  [/^(ENOTDIR|EEXIST) /, "Set TILLWAY_HOME to another directory."],
  [/^ENOSPC /, "Make room, or set TILLWAY_HOME to a directory on another disk."],
  [/client password must be a string/, "PostgreSQL asks for a password, and DATABASE_URL names none."],
  [/unsupported startup parameter/, "The pooler before PostgreSQL refuses a parameter of DATABASE_URL: take `options` out of it."],
  [/does not support SSL connections/, "Take sslmode out of DATABASE_URL, or turn SSL on at the server."],
  [/timeout expired|connection timeout|Connection terminated/, NO_ANSWER],
];

/** A wrong call of the command line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was asked for cannot be done; `message` is the line that a user needs. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** One line if a user can mend it, the stack if only we can. The exit code is the error's own, or 2 if the call itself was wrong, or 1. */
export function explain(error: unknown, command: string): { readonly text: string; readonly exitCode: ExitCode } {
  const [[usage], [failed]] = [exitCodes.usage, exitCodes.failed];
  const { message, name, stack } = error instanceof Error ? error : new Error(String(error));
  if (name === "UsageError") return { text: `tillway: ${message}`, exitCode: usage };
  const code = deepCodeOf(error);
  if (code.startsWith("ERR_PARSE_ARGS")) return { text: `tillway: ${misread(message, command)}`, exitCode: usage };
  const { exitCode = failed } = (error ?? {}) as { exitCode?: ExitCode };
  // A supervisor need not start it again before somebody has mended it.
  if (name === "ConfigError") return { text: `tillway: ${message}`, exitCode: exitCodes.config[0] };
  if (foreseen.has(name)) return { text: `tillway: ${message}`, exitCode };
  const { syscall = "" } = (error ?? {}) as { syscall?: string };
  const [, cure] = cures.find(([pattern]) => pattern.test(`${code} ${syscall} ${message}`)) ?? [];
  return { text: cure === undefined ? `tillway: ${stack ?? message}` : `tillway: ${sentence(message)} ${cure}`, exitCode: failed };
}

/** The same for `--json`: what the API answered, or a code of the command line and the line that people get. */
export function errorAsJson(error: unknown, { text, exitCode }: ReturnType<typeof explain>): string {
  const { body } = (error ?? {}) as { body?: object };
  const code = Object.entries(exitCodes).find(([, [number]]) => number === exitCode)![0];
  return JSON.stringify({ error: body ?? { code, message: text.replace(/^tillway: /, "") } });
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
