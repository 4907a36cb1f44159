/**
 * The environment, read once, as one validated object. Nothing else reads `process.env`. All problems are named at once, each with its
 * cure, so that a first start needs one look and not five. The reference table of the docs is rendered from the same list.
 */
import { resolve } from "node:path";
import { VARIABLES, type Role, type Values, type Variable } from "./config/variables.ts";
import { sandboxVariables, settingsOf, testModeVariables } from "@tillway/sandbox";
import { DAY_MS, WEBHOOK_SCHEDULE_MS, WEBHOOK_TEST_SCHEDULE_MS } from "./core/constants.ts";

export type Environment = Readonly<Record<string, string | undefined>>;
export type { Role } from "./config/variables.ts";

/** See `compose`. */
export type Config = ReturnType<typeof compose>;

type ConfigProblem = Readonly<Record<"variable" | "problem" | "cure", string>>;

/** The environment cannot be used. `problems` names every variable that is wrong; the message is fit to be shown. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];
  constructor(role: Role, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, problem, cure }) => `  ${variable} ${problem}. ${cure}`);
    super(`The configuration of \`tillway ${role}\` cannot be used:\n${lines.join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** The environment of this process. */
export const processEnvironment: Environment = process.env;

/** Validates the variables of this role. An empty variable counts as not set. Throws `ConfigError` that names all problems at once. */
export function readConfig(environment: Environment, role: Role): Config {
  const problems: ConfigProblem[] = [];
  const read = (variable: string, { form, parse, fallback, cure, isSecret, requiredBy }: Variable<unknown>): unknown => {
    const text = environment[variable]?.trim() ?? "";
    if (text === "") {
      if (requiredBy?.includes(role)) problems.push({ variable, problem: "is missing", cure });
      return fallback;
    }
    const value = parse(text);
    // A URL that cannot be parsed may hold a password or token anywhere, so nothing of it is shown.
    const shown = isSecret || /[@?#]/.test(text) ? "" : `${JSON.stringify(text.slice(0, 80))}, which is `;
    if (value === undefined) problems.push({ variable, problem: `is ${shown}not ${form}`, cure });
    return value ?? fallback;
  };
  const values = Object.fromEntries(Object.entries(VARIABLES).map(([name, described]) => [name, read(name, described)])) as Values;
  const { PROCESSING_DELAY_MIN: least, PROCESSING_DELAY_MAX: most } = values;
  if (least !== null && most !== null && least > most) {
    const problem = "is greater than PROCESSING_DELAY_MAX";
    problems.push({ variable: "PROCESSING_DELAY_MIN", problem, cure: "Swap them, or leave one out." });
  }
  if (problems.length > 0) throw new ConfigError(role, problems);
  return compose(values, role, warningsOf(environment, role, values));
}

/** True if only this machine can reach a server that listens on this host. */
export function isLoopbackHost(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1)$/.test(host);
}

/** Where gateways and shoppers reach us: `PUBLIC_URL`, or else the host and port that we listen on. No slash at its end. */
export function publicUrlOf(config: Pick<Config, "publicUrl" | "host">, listeningPort: number): string {
  if (config.publicUrl !== null) return config.publicUrl;
  // A server can listen on an address that means "all of mine", but nobody can call it.
  const host = config.host === "0.0.0.0" ? "127.0.0.1" : config.host === "::" ? "::1" : config.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${listeningPort}`;
}

/**
 * The reference table for the docs: every variable, what it may hold, its default, and the commands that require it.
 * @public Read from the build by scripts/docs/generators.mjs.
 */
export function configMarkdown(): string {
  const rows = Object.entries<Variable<unknown>>(VARIABLES).map(([name, { purpose, form, fallback, requiredBy = [] }]) => {
    // Null and an empty list are joined to nothing.
    const shown = [fallback].join();
    const required = requiredBy.map((role) => `\`${role}\``).join(", ");
    return `| \`${name}\` | ${purpose} | ${form} | ${shown && `\`${shown}\``} | ${required} |`;
  });
  return ["| Variable | What it sets | Form | Default | Required by |", "|---|---|---|---|---|", ...rows, ""].join("\n");
}

function compose(values: Values, role: Role, warnings: readonly string[]) {
  const { HOST: host, TEST_MODE: testMode, WEBHOOK_RETRY_INTERVALS_TEST: isQuick } = values;
  return Object.freeze({
    role,
    /** Absolute path of the directory that the embedded profile keeps its data in. */
    homeDir: resolve(values.TILLWAY_HOME),
    host,
    /** 0: the system chooses. */
    apiPort: values.API_PORT,
    /** Without a slash at its end; null: see `publicUrlOf`. */
    publicUrl: values.PUBLIC_URL,
    /** Null only if the role can do without: `all` then starts the embedded PostgreSQL. */
    databaseUrl: values.DATABASE_URL,
    /** 32 bytes; null only in the roles `all`, which keeps one in its home, and `cases`, which finds it there. */
    masterKey: values.TILLWAY_MASTER_KEY,
    logLevel: values.LOG_LEVEL,
    /** `token` null: only this machine may read. `port`: of a worker; null: it shows none. */
    metrics: Object.freeze({ token: values.METRICS_TOKEN, port: values.METRICS_PORT }),
    sandbox: Object.freeze({
      /** Without a slash at its end; null if the role reaches the sandbox within the process, or not at all. */
      url: values.SANDBOX_URL,
      /** The port of `tillway gateway sandbox`. */
      port: values.SANDBOX_PORT,
      /** The behaviour of a sandbox that this process runs; its address for browsers follows from where it listens. */
      settings: settingsOf(values, testMode),
    }),
    /** The options of the flows. */
    flow: Object.freeze({
      webhookScheduleMs: isQuick ? WEBHOOK_TEST_SCHEDULE_MS : WEBHOOK_SCHEDULE_MS,
      webhookJitter: !isQuick && !testMode,
      retention: Object.freeze({
        exchangesMs: values.RETENTION_EXCHANGES_DAYS * DAY_MS,
        deliveriesMs: values.RETENTION_DELIVERIES_DAYS * DAY_MS,
      }),
      // Callers from elsewhere must not be able to make us call a server beside us.
      allowLoopback: testMode || (role === "all" && isLoopbackHost(host)),
      /** Private networks that webhooks may be sent to. */
      allowedNetworks: values.WEBHOOK_ALLOWED_NETWORKS,
    }),
    /** Sentences about variables that are set and have no effect. */
    warnings: Object.freeze(warnings),
  });
}

function warningsOf(environment: Environment, role: Role, { TEST_MODE: testMode, SANDBOX_URL: sandboxUrl }: Values): string[] {
  const set = Object.keys(environment).filter((name) => (environment[name] ?? "").trim() !== "");
  const unknown = set.filter((name) => name.startsWith("TILLWAY_") && !(name in VARIABLES));
  const idle = testMode ? [] : set.filter((name) => (testModeVariables as string[]).includes(name));
  // Only `all` would run a sandbox of its own; the other parts may share one environment.
  const remote = role === "all" && sandboxUrl !== null ? set.filter((name) => name in sandboxVariables && !idle.includes(name)) : [];
  return [
    ...unknown.map((name) => `${name} is set but Tillway knows no such variable.`),
    ...idle.map((name) => `${name} is set but has no effect without TEST_MODE=true.`),
    ...remote.map((name) => `${name} is set but has no effect here: the sandbox at SANDBOX_URL has settings of its own.`),
  ];
}
