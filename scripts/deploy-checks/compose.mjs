// compose.yaml and Dockerfile by rules of our own, and by docker-compose where there is one.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");
const DEFAULT_SERVICES_MAX = 6;
const profilesWanted = ["audit", "kafka", "mail", "observability", "redis"];
/** A version with two numbers at least; `latest`, `8` and no tag move under one's feet. */
const exactTag = /^[\w./-]+:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$/;
/** Names of variables that hold a secret, and no name of one in the open. */
const secretName = /(PASSWORD|SECRET|TOKEN|_KEY)$/;
const secretInUrl = /:\/\/[^/\s:@]*:([^@/\s]+)@/;
/** Nothing but a variable that has to be set. */
const fromOutside = /^\$\{\w+:\?[^}]*\}$/;

/** @typedef {{ image: string, environment?: Record<string, string>, healthcheck?: object, restart?: string, profiles?: string[], ports?: string[], build?: unknown, read_only?: boolean, cap_drop?: string[] }} Service */

export const name = "compose";
export const what = "compose.yaml and Dockerfile: exact tags, health checks, no secret, few services, nobody is root";

/** @returns {Promise<string[]>} */
export async function run() {
  const compose = readFileSync(join(root, "compose.yaml"), "utf8");
  const start = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts.start;
  return [
    ...composeFaults(compose),
    ...dockerfileFaults(readFileSync(join(root, "Dockerfile"), "utf8"), start),
    ...ignoreFaults(readFileSync(join(root, ".gitignore"), "utf8"), readFileSync(join(root, ".dockerignore"), "utf8")),
    ...syntaxFaults(compose),
  ];
}

/** @param {string} text of compose.yaml */
export function composeFaults(text) {
  /** @type {{ services: Record<string, Service> }} */
  const { services } = parse(text, { merge: true });
  const all = Object.entries(services);
  const byDefault = all.filter(([, { profiles }]) => profiles === undefined);
  const profiles = [...new Set(all.flatMap(([, service]) => service.profiles ?? []))].sort();
  return [
    ...(byDefault.length > DEFAULT_SERVICES_MAX
      ? [`${byDefault.length} services start by default, and at most ${DEFAULT_SERVICES_MAX} may`]
      : []),
    ...(profiles.join() === profilesWanted.join()
      ? []
      : [`the profiles are ${profiles.join(", ")}, and should be ${profilesWanted.join(", ")}`]),
    ...all.flatMap(([each, service]) => serviceFaults(service).map((fault) => `compose.yaml: ${each} ${fault}`)),
  ];
}

/** @param {Service} service */
function serviceFaults(service) {
  const { image, healthcheck, restart, ports = [], environment = {} } = service;
  const isOnce = restart === "no";
  const published = ports.filter((port) => !port.startsWith("127.0.0.1:"));
  return [
    ...(exactTag.test(image.replace(/^\$\{\w+:-([^}]*)\}$/, "$1")) ? [] : [`has the image ${image}: name a tag with a version`]),
    ...(isOnce || healthcheck ? [] : ["has no health check"]),
    ...published.map((port) => `publishes ${port} to all the world: begin with 127.0.0.1:`),
    ...(service.build && !(service.read_only && service.cap_drop?.includes("ALL")) ? ["needs read_only and cap_drop: [ALL]"] : []),
    ...Object.entries(environment).flatMap(([variable, value]) => secretFaults(variable, String(value))),
  ];
}

/** @param {string} variable @param {string} value */
function secretFaults(variable, value) {
  const secret = secretName.test(variable) ? value : secretInUrl.exec(value)?.[1];
  if (secret === undefined || fromOutside.test(secret)) return [];
  return [`has a value of its own for ${variable}: take it from a variable, as \${${variable}:?…}`];
}

/** @param {string} text of Dockerfile @param {string} start the script of `npm start` */
export function dockerfileFaults(text, start) {
  const stages = new Set([...text.matchAll(/^FROM\s+\S+\s+AS\s+(\S+)/gim)].map(([, stage]) => stage));
  const bases = [...text.matchAll(/^FROM\s+(\S+)/gim)].map(([, base = ""]) => base).filter((base) => !stages.has(base));
  const last = text.slice(text.lastIndexOf("\nFROM "));
  const user = /^USER\s+(\S+)/m.exec(last)?.[1] ?? "root";
  const flags = start.split(/\s+/).filter((word) => word.startsWith("--"));
  const entry = /^ENTRYPOINT\s+(.*)$/m.exec(last)?.[1] ?? "";
  return [
    ...bases.filter((base) => !exactTag.test(base)).map((base) => `is made from ${base}: name a tag with a version`),
    ...(/^[1-9]\d*(:[1-9]\d*)?$/.test(user) ? [] : [`runs as ${user}: name a user by a number that is not 0`]),
    ...(/^HEALTHCHECK\s/m.test(last) ? [] : ["has no HEALTHCHECK"]),
    ...flags.filter((flag) => !entry.includes(`"${flag}"`)).map((flag) => `is started without ${flag}, which npm start has`),
    ...(/^(ENV|ARG)\s.*(PASSWORD|SECRET|TOKEN|_KEY)\s*=/m.test(text) ? ["has a secret in ENV or ARG: use --mount=type=secret"] : []),
    ...(/^ADD\s/m.test(text) ? ["has ADD: use COPY, which fetches and unpacks nothing"] : []),
  ].map((fault) => `Dockerfile ${fault}`);
}

/** @param {string} git @param {string} docker */
function ignoreFaults(git, docker) {
  return [
    ...(git.split("\n").includes(".env") ? [] : [".gitignore does not name .env, which has the secrets"]),
    ...(docker.split("\n").includes("*") ? [] : [".dockerignore does not begin by leaving out everything"]),
  ];
}

/** @param {string} text */
function syntaxFaults(text) {
  const folder = mkdtempSync(join(tmpdir(), "tillway-compose-"));
  try {
    const required = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, variable]) => `${variable}=0`);
    writeFileSync(join(folder, ".env"), required.join("\n"));
    writeFileSync(join(folder, "compose.yaml"), text);
    const every = profilesWanted.flatMap((profile) => ["--profile", profile]);
    execFileSync("docker-compose", [...every, "config", "-q"], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return [];
  } catch (error) {
    // Our own rules have been looked at all the same.
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return [];
    return [`docker-compose config: ${String(/** @type {{ stderr?: string }} */ (error).stderr).trim().slice(0, 500)}`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
