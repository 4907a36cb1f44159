/** Checks of this machine: Node, the environment, the home, the disk, the port. None of them changes anything. */
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { ConfigError, readConfig, type Config, type Environment, type Role } from "../../config.ts";
import { RECEIVER_VARIABLES, VARIABLES } from "../../config/variables.ts";
import { nearestName } from "../../http/field-names.ts";
import { createHttp } from "../../net/http.ts";
import { fail, ok, warn, type Finding } from "./finding.ts";

/** As in the engines of package.json. */
const NODE_LEAST = [20, 19] as const;
/** PostgreSQL stops when its disk is full; the embedded one begins with some 60 MB. */
const DISK_FAIL_BYTES = 100 * 1024 * 1024;
const DISK_WARN_BYTES = 1024 * 1024 * 1024;
const LOOK_WAIT_MS = 2_000;
/** Shorter names are near to too many. */
const NAME_LEAST_CHARS = 6;

export function nodeFindings(version: string = process.versions.node): Finding[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor, leastMinor] = NODE_LEAST;
  const isOld = major < leastMajor || (major === leastMajor && minor < leastMinor);
  if (isOld) return [fail("node", `Node ${version} is too old`, `Install Node ${NODE_LEAST.join(".")} or newer.`)];
  return [ok("node", `Node ${version}`)];
}

export interface Read {
  readonly findings: readonly Finding[];
  /** Without the variables that are wrong, so that all else can be checked too. */
  readonly config: Config;
  /** Variables that are wrong or missing. */
  readonly wrong: ReadonlySet<string>;
}

/** Every variable that is wrong, and every name that looks like a misspelt one. */
export function readEnvironment(environment: Environment, role: Role): Read {
  const set = Object.keys(environment).filter((name) => (environment[name] ?? "").trim() !== "");
  const known = Object.keys(VARIABLES);
  const unknown = set
    .filter((name) => !known.includes(name) && !RECEIVER_VARIABLES.includes(name))
    .flatMap((name) => unknownFinding(name, known));
  try {
    const config = readConfig(environment, role);
    const idle = config.warnings.filter((warning) => !warning.includes("knows no such variable"));
    const notes = idle.map((warning) => warn("environment", warning, "Unset it, or set what it needs."));
    const count = set.filter((name) => known.includes(name)).length;
    const fine = ok("environment", `${count} of ${known.length} variables set, each well formed`);
    return { findings: [fine, ...unknown, ...notes], config, wrong: new Set() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map(({ variable, problem, cure }) => fail("environment", `${variable} ${problem}`, cure));
    const wrong = new Set(error.problems.map(({ variable }) => variable));
    const rest = Object.fromEntries(Object.entries(environment).filter(([name]) => !wrong.has(name)));
    // `cases` requires no variable, so what is missing does not count twice.
    return { findings: [...problems, ...unknown], config: { ...readConfig(rest, "cases"), role }, wrong };
  }
}

function unknownFinding(name: string, known: readonly string[]): Finding[] {
  const near = name.length < NAME_LEAST_CHARS ? null : nearestName(name, known);
  // Other programs have names that end like ours.
  if (near !== null && near[0] === name[0])
    return [warn("environment", `${name} is set, and no variable is called so`, `Did you mean ${near}?`)];
  return name.startsWith("TILLWAY_")
    ? [warn("environment", `${name} is set, and no variable is called so`, "docs/configuration.md lists all of them; unset this one.")]
    : [];
}

/** @param needed whether the role keeps its data there */
export function homeFindings(home: string, needed: boolean): Finding[] {
  const place = existing(home);
  const [bad, note] = needed ? [fail, fail] : [warn, warn];
  if (!statSync(place).isDirectory()) return [bad("home", `${place} is no directory`, "Set TILLWAY_HOME to another directory.")];
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [note("home", `${place} cannot be written by this user`, "Set TILLWAY_HOME to a directory that you may write to.")];
  }
  const open = ["master-key", "operator-key", "test-keys.json"].map((name) => join(home, name)).filter((file) => isOpen(file));
  const leaks = open.map((file) =>
    fail("home", `${file} can be read by other users`, `chmod 600 ${file}, and if others use this machine, make new keys.`),
  );
  return [ok("home", place === home ? home : `${home} will be made at the first start`), ...leaks, ...diskFindings(place)];
}

/** The path itself, or its nearest parent that exists. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}

/** Windows has no such rights. */
function isOpen(file: string): boolean {
  return process.platform !== "win32" && existsSync(file) && (statSync(file).mode & 0o077) !== 0;
}

function diskFindings(place: string): Finding[] {
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const text = `${(free / 1024 ** 3).toFixed(1)} GiB free for ${place}`;
  if (free < DISK_FAIL_BYTES) return [fail("disk", text, "Make room, or set TILLWAY_HOME to a directory on another disk.")];
  if (free < DISK_WARN_BYTES) return [warn("disk", text, "Make room before PostgreSQL has to stop.")];
  return [ok("disk", text)];
}

/** Takes each port for a moment. If it is taken, the finding says whether by a Tillway. */
export async function portFindings(config: Pick<Config, "host" | "apiPort" | "checkoutPort" | "dashboardPort">): Promise<Finding[]> {
  const { host, apiPort, checkoutPort, dashboardPort } = config;
  const api = await portFinding(host, { port: apiPort, of: "API", variable: "API_PORT" });
  // A Tillway that runs has all of them.
  if (api.status !== "ok" || api.message.startsWith("a Tillway")) return [api];
  const checkout = await portFinding(host, { port: checkoutPort, of: "checkout", variable: "CHECKOUT_PORT" });
  return [api, checkout, await portFinding(host, { port: dashboardPort, of: "dashboard", variable: "DASHBOARD_PORT" })];
}

async function portFinding(host: string, { port, of, variable }: { port: number; of: string; variable: string }): Promise<Finding> {
  const at = `${host}:${port}`;
  const check = of === "API" ? "port" : `${of} port`;
  if (port === 0) return ok(check, `the system chooses the ${of}'s port`);
  const code = await listenCode(host, port);
  if (code === null) return ok(check, `${at} is free for the ${of}`);
  if (code === "EADDRNOTAVAIL") return fail(check, `${host} is no address of this machine`, "Set HOST to 127.0.0.1 or 0.0.0.0.");
  if (code !== "EADDRINUSE") return fail(check, `${at} cannot be listened on (${code})`, `Set ${variable} to a port above 1023.`);
  if (await isTillway(`http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`)) return ok(check, `a Tillway answers at ${at}`);
  return fail(check, `${at} is taken by another program`, `End it, or set ${variable} to a free port.`);
}

function listenCode(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "unknown"));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

async function isTillway(url: string): Promise<boolean> {
  const answer = await look(`${url}/health/live`);
  return answer?.includes('"status"') ?? false;
}

/** The sandbox, if it is a process of its own. */
export async function sandboxFindings({ sandbox }: Pick<Config, "sandbox">): Promise<Finding[]> {
  if (sandbox.url === null) return [];
  if ((await look(`${sandbox.url}/health`)) !== null) return [ok("sandbox", `answers at ${sandbox.url}`)];
  return [warn("sandbox", `nothing answers at ${sandbox.url}`, "Start it: tillway gateway sandbox. Until then payments wait.")];
}

/** The body of what answers; null if nothing does. */
async function look(url: string): Promise<string | null> {
  const http = createHttp();
  const limits = { connectTimeoutMs: LOOK_WAIT_MS, totalTimeoutMs: LOOK_WAIT_MS, maxBytes: 65_536 };
  const answer = await http.send({ method: "GET", url, headers: {}, body: null, ...limits });
  await http.close();
  return answer.kind === "answer" && answer.status < 600 ? answer.body : null;
}
