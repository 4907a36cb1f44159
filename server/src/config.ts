/**
 * The environment, read once, as one validated object. Nothing else reads `process.env`. All problems are named at once, each with its
 * cure, so that a first start needs one look and not five. The reference table of the docs is rendered from the same list.
 */
import { resolve } from "node:path";
import type { Environment } from "./config/environment.ts";
import { engineProblems, enginesOf, engineWarnings } from "./config/engines.ts";
import { ConfigError, readValues, type Role, type Variable } from "./config/read.ts";
import { placesOf } from "./config/gateways.ts";
import { CHECKOUT_PORT, DASHBOARD_PORT, RECEIVER_VARIABLES, VARIABLES, type Values } from "./config/variables.ts";
import { sandboxVariables, settingsOf, testModeVariables } from "@tillway/sandbox";
import { DAY_MS, MINUTE_MS, WEBHOOK_SCHEDULE_MS, WEBHOOK_TEST_SCHEDULE_MS } from "./core/constants.ts";

export { checkoutUrlOf, dashboardUrlOf, publicUrlOf, SANDBOX_PREFIX } from "./config/public-url.ts";
export { ConfigError } from "./config/read.ts";
export { processEnvironment, type Environment } from "./config/environment.ts";
export type { Role } from "./config/read.ts";

/** See `compose`. */
export type Config = ReturnType<typeof compose>;

/** Validates the variables of this role. An empty variable counts as not set. Throws `ConfigError` that names all problems at once. */
export function readConfig(environment: Environment, role: Role): Config {
  const { values, problems } = readValues<Values>(environment, VARIABLES, role);
  const { PROCESSING_DELAY_MIN: least, PROCESSING_DELAY_MAX: most } = values;
  if (least !== null && most !== null && least > most) {
    const problem = "is greater than PROCESSING_DELAY_MAX";
    problems.push({ variable: "PROCESSING_DELAY_MIN", problem, cure: "Swap them, or leave one out." });
  }
  const isNamed = (variable: string): boolean => problems.some((problem) => problem.variable === variable);
  problems.push(...engineProblems(values).filter(({ variable }) => !isNamed(variable)));
  if (problems.length > 0) throw new ConfigError(role, problems);
  return compose(values, role, warningsOf(environment, role, values));
}

/** True if only this machine can reach a server that listens on this host. */
export function isLoopbackHost(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1)$/.test(host);
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
  const { HOST: host, TEST_MODE: testMode } = values;
  return Object.freeze({
    role,
    /** Absolute path of the directory that the embedded profile keeps its data in. */
    homeDir: resolve(values.TILLWAY_HOME),
    ...marksOf(values),
    host,
    /** 0: the system chooses. */
    apiPort: values.API_PORT,
    /** Without a slash at its end; null: see `publicUrlOf`. */
    publicUrl: values.PUBLIC_URL,
    /** 0: the system chooses. */
    checkoutPort: values.CHECKOUT_PORT ?? (values.API_PORT === 0 ? 0 : CHECKOUT_PORT),
    /** Null: see `checkoutUrlOf`. */
    checkoutUrl: values.CHECKOUT_URL,
    /** 0: the system chooses. */
    dashboardPort: values.DASHBOARD_PORT ?? (values.API_PORT === 0 ? 0 : DASHBOARD_PORT),
    /** Null: see `dashboardUrlOf`. */
    dashboardUrl: values.DASHBOARD_URL,
    /** How long somebody stays signed in without a request. */
    dashboardIdleMs: values.DASHBOARD_IDLE_MINUTES * MINUTE_MS,
    /** Null only if the role can do without: `all` then starts the embedded PostgreSQL. */
    databaseUrl: values.DATABASE_URL,
    mongodbUrl: values.MONGODB_URL,
    /** Standbys that lists are read from. */
    replicaUrls: values.DATABASE_URL === null ? [] : values.DATABASE_REPLICA_URL,
    ...enginesOf(values),
    /** 32 bytes; null only in the roles `all`, which keeps one in its home, and `merchant` and `cases`, which find it there. */
    masterKey: values.TILLWAY_MASTER_KEY,
    /** Null: this process has no operator, but for `all`, which keeps a key in its home. */
    operatorKey: values.TILLWAY_OPERATOR_KEY,
    /** Of a key without a limit of its own; null: any number. */
    requestsPerSecond: values.RATE_LIMIT_PER_SECOND,
    /** Addresses and networks whose `X-Forwarded-For` is believed. */
    trustedProxies: values.TRUSTED_PROXIES,
    logLevel: values.LOG_LEVEL,
    /** Predictable, with routes that let a test move the clock. Never beside keys that charge real cards. */
    testMode,
    /** `token` null: only this machine may read. `port`: of a worker; null: it shows none. */
    metrics: Object.freeze({ token: values.METRICS_TOKEN, port: values.METRICS_PORT }),
    /** Of an OTLP receiver; null: no traces. */
    tracesEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    /** Where the gateways are, by connector name; the sandbox has no such place. */
    gateways: Object.freeze(placesOf(values)),
    sandbox: Object.freeze({
      /** Without a slash at its end; null if the role reaches the sandbox within the process, or not at all. */
      url: values.SANDBOX_URL,
      /** The port of `tillway gateway sandbox`. */
      port: values.SANDBOX_PORT,
      /** The behaviour of a sandbox that this process runs; its address for browsers follows from where it listens. */
      settings: settingsOf(values, testMode),
    }),
    mail: mailOf(values, role === "all" || testMode),
    flow: flowOptions(values, { isLocal: role === "all" && isLoopbackHost(host) }),
    /** Sentences about variables that are set and have no effect. */
    warnings: Object.freeze(warnings),
  });
}

/** `markDir`: where it is noted how far the database was. `failoverKeepsCommits`: none loses what was acknowledged. */
function marksOf({ DATABASE_MARK_DIR: dir, TILLWAY_HOME: home, DATABASE_FAILOVER_KEEPS_COMMITS: failoverKeepsCommits }: Values) {
  return { markDir: resolve(dir ?? home), failoverKeepsCommits };
}

/** `smtpUrl` null: e-mails are kept if `captures`, else there are none. `sender`: the address that they come from. `operations`: who is told of what needs a person. */
function mailOf({ SMTP_URL: smtpUrl, MAIL_FROM: sender, OPERATIONS_EMAIL: operations }: Values, captures: boolean) {
  return Object.freeze({ smtpUrl, sender, captures, operations: smtpUrl === null ? null : operations });
}

/** The options of the flows. */
function flowOptions(values: Values, { isLocal }: { readonly isLocal: boolean }) {
  const { TEST_MODE: testMode, WEBHOOK_RETRY_INTERVALS_TEST: isQuick } = values;
  return Object.freeze({
    webhookScheduleMs: isQuick ? WEBHOOK_TEST_SCHEDULE_MS : WEBHOOK_SCHEDULE_MS,
    webhookJitter: !isQuick && !testMode,
    webhookBreaker: !isQuick,
    retention: Object.freeze({
      exchangesMs: values.RETENTION_EXCHANGES_DAYS * DAY_MS,
      deliveriesMs: values.RETENTION_DELIVERIES_DAYS * DAY_MS,
    }),
    // Callers from elsewhere must not be able to make us call a server beside us.
    allowLoopback: testMode || isLocal,
    /** Private networks that webhooks may be sent to. */
    allowedNetworks: values.WEBHOOK_ALLOWED_NETWORKS,
  });
}

function warningsOf(environment: Environment, role: Role, values: Values): string[] {
  const { TEST_MODE: testMode, SANDBOX_URL: sandboxUrl } = values;
  const set = Object.keys(environment).filter((name) => (environment[name] ?? "").trim() !== "");
  const unknown = set.filter((name) => name.startsWith("TILLWAY_") && !(name in VARIABLES) && !RECEIVER_VARIABLES.includes(name));
  const idle = testMode ? [] : set.filter((name) => (testModeVariables as string[]).includes(name));
  // Only `all` would run a sandbox of its own; the other parts may share one environment.
  const remote = role === "all" && sandboxUrl !== null ? set.filter((name) => name in sandboxVariables && !idle.includes(name)) : [];
  const alone = values.DATABASE_URL === null && values.DATABASE_REPLICA_URL.length > 0;
  const unsent = values.OPERATIONS_EMAIL !== null && values.SMTP_URL === null;
  return [
    ...engineWarnings(values),
    ...(unsent ? ["OPERATIONS_EMAIL is set but has no effect without SMTP_URL."] : []),
    ...(alone ? ["DATABASE_REPLICA_URL is set but has no effect without DATABASE_URL."] : []),
    ...unknown.map((name) => `${name} is set but Tillway knows no such variable.`),
    ...idle.map((name) => `${name} is set but has no effect without TEST_MODE=true.`),
    ...remote.map((name) => `${name} is set but has no effect here: the sandbox at SANDBOX_URL has settings of its own.`),
  ];
}
