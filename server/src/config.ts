/**
 * The environment, read once, as one validated object. Nothing else reads `process.env`. Everything that is wrong is said at once, with
 * its cure, so that a first start needs one look and not five. The reference table of the docs is rendered from the same list.
 */
import { NAMES, VARIABLES } from "./config/variables.ts";
import type { Name, Role, Values, Variable } from "./config/variables.ts";
import { sandboxVariables, settingsOf, testModeVariables, type SandboxSettings } from "@tillway/sandbox";
import { DAY_MS, WEBHOOK_SCHEDULE_MS, WEBHOOK_TEST_SCHEDULE_MS } from "./core/constants.ts";
import type { LogLevel } from "./core/ports/log.ts";

export type Environment = Readonly<Record<string, string | undefined>>;
export type { Role } from "./config/variables.ts";

/** What listens on a port of its own, with its own kind of callers. */
export type Listener = "api";

export interface Config {
  readonly role: Role;
  /** Absolute path of the directory that the embedded profile keeps its data in. */
  readonly homeDir: string;
  readonly host: string;
  /** The port of each listener; 0: the system chooses. */
  readonly listen: Readonly<Record<Listener, number>>;
  /** Without a slash at its end; null: see `publicUrlOf`. */
  readonly publicUrl: string | null;
  /** Null only where the role can do without: then the embedded PostgreSQL is started. */
  readonly databaseUrl: string | null;
  /** 32 bytes; null only in the role `all`, which keeps one in its home. */
  readonly masterKey: Uint8Array | null;
  readonly logLevel: LogLevel;
  readonly testMode: boolean;
  readonly sandbox: SandboxConfig;
  /** What the flows are handed as their options. */
  readonly flow: {
    readonly webhookScheduleMs: readonly number[];
    readonly webhookJitter: boolean;
    readonly allowLoopback: boolean;
    /** Private networks that webhooks may be sent to. */
    readonly allowedNetworks: readonly string[];
    readonly retention: { readonly exchangesMs: number; readonly deliveriesMs: number };
  };
  /** Sentences about variables that are set and have no effect. */
  readonly warnings: readonly string[];
}

/** The sandbox's behaviour, and where it is. Its address for browsers follows from where it listens. */
export interface SandboxConfig extends Omit<SandboxSettings, "publicUrl"> {
  /** Without a slash at its end; null only where the role reaches the sandbox within the process, or not at all. */
  readonly url: string | null;
  /** Where `tillway gateway sandbox` listens. */
  readonly port: number;
}

export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
  readonly cure: string;
}

/** Something in the environment cannot be used. `problems` names all of it; the message is fit to be shown. */
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
export function processEnvironment(): Environment {
  return process.env;
}

/** True where npm or npx started this process. */
export function isUnderNpm(): boolean {
  return process.env["npm_command"] !== undefined;
}

/** Validates what this role needs and may be told. An empty variable counts as not set. Throws `ConfigError` that names all problems at once. */
export function readConfig(environment: Environment, role: Role): Config {
  const { values, problems } = readAll(environment, role);
  if (
    values.PROCESSING_DELAY_MIN !== null &&
    values.PROCESSING_DELAY_MAX !== null &&
    values.PROCESSING_DELAY_MIN > values.PROCESSING_DELAY_MAX
  ) {
    problems.push({
      variable: "PROCESSING_DELAY_MIN",
      problem: "is greater than PROCESSING_DELAY_MAX",
      cure: "Swap them, or leave one out.",
    });
  }
  if (problems.length > 0) throw new ConfigError(role, problems);
  return compose(values, role, warningsOf(environment, role, values));
}

/** True where nothing outside this machine can reach what listens on this host. */
export function isLoopbackHost(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1)$/.test(host);
}

/** Where gateways and shoppers reach us: `PUBLIC_URL`, or else host and port as they are listened on. No slash at its end. */
export function publicUrlOf(config: Pick<Config, "publicUrl" | "host">, listeningPort: number): string {
  if (config.publicUrl !== null) return config.publicUrl;
  // An address that means "all of mine" can be listened on but not called.
  const host = config.host === "0.0.0.0" ? "127.0.0.1" : config.host === "::" ? "::1" : config.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${listeningPort}`;
}

/**
 * The reference table for the docs: every variable, what it may hold, its default, and which commands cannot do without.
 * @public Read from the build by scripts/docs/generators.mjs.
 */
export function configMarkdown(): string {
  const rows = Object.entries<Variable<unknown>>(VARIABLES).map(([name, { purpose, form, shown, requiredBy = [] }]) => {
    const required = requiredBy.map((role) => `\`${role}\``).join(", ");
    return `| \`${name}\` | ${purpose} | ${form} | ${shown === null ? "" : `\`${shown}\``} | ${required} |`;
  });
  return ["| Variable | What it sets | Form | Default | Required by |", "|---|---|---|---|---|", ...rows, ""].join("\n");
}

function readAll(environment: Environment, role: Role): { values: Values; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const read = (name: Name): unknown => {
    const described: Variable<unknown> = VARIABLES[name];
    const text = environment[name]?.trim() ?? "";
    if (text === "") {
      if (described.requiredBy?.includes(role)) problems.push({ variable: name, problem: "is missing", cure: described.cure });
      return described.fallback;
    }
    const value = described.parse(text);
    if (value !== undefined) return value;
    // Of a URL that cannot be read nobody knows where its password or token stands, so nothing of it is shown.
    const mayHoldSecret = described.isSecret === true || /[@?#]/.test(text);
    const told = mayHoldSecret ? "" : `${JSON.stringify(text.slice(0, 80))}, which is `;
    problems.push({ variable: name, problem: `is ${told}not ${described.form}`, cure: described.cure });
    return described.fallback;
  };
  return { values: Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Values, problems };
}

function compose(values: Values, role: Role, warnings: readonly string[]): Config {
  const { HOST: host, TEST_MODE: testMode, WEBHOOK_RETRY_INTERVALS_TEST: isQuick } = values;
  return Object.freeze({
    role,
    homeDir: values.TILLWAY_HOME,
    host,
    listen: Object.freeze({ api: values.API_PORT }),
    publicUrl: values.PUBLIC_URL,
    databaseUrl: values.DATABASE_URL,
    masterKey: values.TILLWAY_MASTER_KEY,
    logLevel: values.LOG_LEVEL,
    testMode,
    sandbox: Object.freeze({ url: values.SANDBOX_URL, port: values.SANDBOX_PORT, ...settingsOf(values, testMode) }),
    flow: Object.freeze({
      webhookScheduleMs: isQuick ? WEBHOOK_TEST_SCHEDULE_MS : WEBHOOK_SCHEDULE_MS,
      webhookJitter: !isQuick && !testMode,
      retention: Object.freeze({
        exchangesMs: values.RETENTION_EXCHANGES_DAYS * DAY_MS,
        deliveriesMs: values.RETENTION_DELIVERIES_DAYS * DAY_MS,
      }),
      // Who can reach us from elsewhere must not make us call what runs beside us.
      allowLoopback: testMode || (role === "all" && isLoopbackHost(host)),
      allowedNetworks: values.WEBHOOK_ALLOWED_NETWORKS,
    }),
    warnings: Object.freeze(warnings),
  });
}

function warningsOf(environment: Environment, role: Role, { TEST_MODE: testMode, SANDBOX_URL: sandboxUrl }: Values): string[] {
  const set = Object.keys(environment).filter((name) => (environment[name] ?? "").trim() !== "");
  const unknown = set
    .filter((name) => name.startsWith("TILLWAY_") && !(name in VARIABLES))
    .map((name) => `${name} is set but Tillway knows no such variable.`);
  const isIdle = (name: string): boolean => !testMode && (testModeVariables as string[]).includes(name);
  // The parts alone may share one environment; `all` would run its own sandbox.
  const remote = role === "all" && sandboxUrl !== null ? set.filter((name) => name in sandboxVariables && !isIdle(name)) : [];
  return [
    ...unknown,
    ...set.filter(isIdle).map((name) => `${name} is set but has no effect without TEST_MODE=true.`),
    ...remote.map((name) => `${name} is set but has no effect here: the sandbox at SANDBOX_URL has settings of its own.`),
  ];
}
