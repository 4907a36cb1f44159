// node test/drills/kubernetes-api.mjs [--write]: the chart on a real API server, with real controllers and a real scheduler: installed, each example
// checked by it, rolled to another image and back, pods evicted, uninstalled. What the program does in those pods is the drill of kubernetes.mjs.
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { chart, examples, examplesFolder, findHelm, manifestsOf, render } from "../../scripts/deploy-checks/helm/chart.mjs";
import { ControlPlane, VERSION, buildParts, lacking } from "./kubernetes/control-plane.mjs";
import { until } from "./servers.mjs";
import { writeBlock } from "./table.mjs";

const NAMESPACE = "payments";
const NODES = 3;
const WAIT = ["--wait", "--timeout", "120s"];
const bin = join(process.env.TILLWAY_DRILL_FOLDER ?? "/var/cache/tillway-drill", `kubernetes-${VERSION}`);
const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

async function main() {
  const helm = findHelm();
  const why = helm === undefined ? "helm: not installed" : lacking(bin);
  if (why !== null) {
    console.log(`skipped: ${why}`);
    return 0;
  }
  buildParts(bin, say);
  const folder = mkdtempSync(join(tmpdir(), "tillway-kubernetes-api-"));
  const plane = new ControlPlane(bin, folder);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void plane.stop().then(() => process.exit(130)));
  try {
    await plane.start();
    const rows = await drill(plane, { helm, say });
    for (const row of rows) console.log(row);
    if (process.argv.includes("--write")) writeBlock("kubernetes-api", rows);
    return 0;
  } catch (error) {
    console.log(`FAIL ${error.message}`);
    console.log(plane.logs().join("\n"));
    return 1;
  } finally {
    await plane.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function drill(plane, { helm }) {
  prepare(plane);
  say(`Kubernetes ${VERSION} is ready, with ${NODES} nodes`);
  const checked = examples().map((example) => checkExample(plane, helm, example));
  const cluster = { plane, release: (...words) => run(helm, ["--kubeconfig", plane.config, "--namespace", NAMESPACE, ...words]) };
  const installS = await timed(() =>
    cluster.release("upgrade", "--install", "tillway", chart, "--values", join(examplesFolder, "minimal.yaml"), ...WAIT),
  );
  const pods = assertInstalled(plane);
  say(`installed after ${installS} s: ${pods} pods are ready, the migration came first`);
  const there = new Fewest(plane).start();
  const rollS = await timed(() => cluster.release("upgrade", "tillway", chart, "--reuse-values", "--set", "image.tag=0.1.1", ...WAIT));
  assertImage(plane, "0.1.1");
  const backS = await timed(() => cluster.release("rollback", "tillway", "1", ...WAIT));
  assertImage(plane, "0.1.0");
  const fewest = await there.stop();
  say(
    `another image after ${rollS} s, and back after ${backS} s; at least ${fewest.api} APIs and ${fewest.worker} workers were ready meanwhile`,
  );
  if (fewest.api < 2 || fewest.worker < 2) throw new Error("fewer than two were ready in a rolling update");
  const evicted = await evict(plane);
  say(`of two APIs one could be evicted: ${evicted}`);
  await cluster.release("uninstall", "tillway", "--wait");
  assertGone(plane);
  say("uninstalled: nothing of it is left");
  return [
    "| Kubernetes | objects that the API server checked, by example | installed after s | rolled to another image, back, s | fewest ready APIs, workers meanwhile | evictions of two APIs | load |",
    "|---|---|---|---|---|---|---|",
    `| ${VERSION} | ${checked.map(({ example, count }) => `${example} ${count}`).join(", ")} | ${installS} | ${rollS}, ${backS} | ${fewest.api}, ${fewest.worker} | ${evicted} | ${loadavg()[0].toFixed(1)} |`,
  ];
}

/** Nodes, and what a cluster has before the chart: a namespace that takes restricted pods only, the Secret, the Prometheus Operator's kind. */
function prepare(plane) {
  const nodes = Array.from({ length: NODES }, (_, n) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: `node-${n}`, labels: { "kubernetes.io/hostname": `node-${n}`, "topology.kubernetes.io/zone": `zone-${n}` } },
  }));
  const enforced = { "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest" };
  plane.apply([
    ...nodes,
    { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels: enforced } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "tillway", namespace: NAMESPACE },
      stringData: { DATABASE_URL: "postgres://db", TILLWAY_MASTER_KEY: "0" },
    },
    serviceMonitors,
  ]);
}

const serviceMonitors = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "servicemonitors.monitoring.coreos.com" },
  spec: {
    group: "monitoring.coreos.com",
    scope: "Namespaced",
    names: { plural: "servicemonitors", singular: "servicemonitor", kind: "ServiceMonitor", listKind: "ServiceMonitorList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};

/** The API server checks each object as if it were to be stored: unknown and double members, rules across members, admission. */
function checkExample(plane, helm, example) {
  const { status, stdout, stderr } = render(helm, example);
  if (status !== 0) throw new Error(stderr);
  const objects = manifestsOf(stdout);
  const said = plane.apply(
    objects.map((one) => ({ ...one, metadata: { ...one.metadata, namespace: NAMESPACE } })),
    "--dry-run=server",
    "--validate=strict",
    "--output=name",
  );
  const count = said.trim().split("\n").length;
  if (count !== objects.length) throw new Error(`${example}: ${objects.length} objects were sent and ${count} checked`);
  return { example, count };
}

function assertInstalled(plane) {
  const pods = plane.get("pods", "-n", NAMESPACE).items;
  const running = pods.filter(({ status }) => status.phase === "Running");
  const nodes = new Set(running.map(({ spec }) => spec.nodeName));
  if (running.length !== 4 || nodes.size < 2) throw new Error(`${running.length} pods run, on ${nodes.size} nodes`);
  const first = running.map(({ metadata }) => metadata.creationTimestamp).toSorted()[0];
  const job = plane
    .get("events", "-n", NAMESPACE)
    .items.find(({ reason, involvedObject }) => reason === "Completed" && involvedObject.kind === "Job");
  const endedAt = job?.lastTimestamp ?? job?.eventTime;
  if (endedAt === undefined || endedAt > first) throw new Error(`the migration ended at ${endedAt}, the first pod is of ${first}`);
  return running.length;
}

function assertImage(plane, tag) {
  const images = plane
    .get("pods", "-n", NAMESPACE)
    .items.filter(({ metadata }) => !metadata.deletionTimestamp)
    .map(({ spec }) => spec.containers[0].image);
  if (!images.every((image) => image.endsWith(`:${tag}`))) throw new Error(`after the change to ${tag} there are ${images.join(", ")}`);
}

/** The fewest ready pods that a look found. */
class Fewest {
  #fewest = { api: Number.POSITIVE_INFINITY, worker: Number.POSITIVE_INFINITY };
  #isOver = false;

  constructor(plane) {
    this.plane = plane;
  }

  start() {
    this.running = this.#look();
    return this;
  }

  async stop() {
    this.#isOver = true;
    await this.running;
    return this.#fewest;
  }

  async #look() {
    while (!this.#isOver) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const { metadata, status } of this.plane.get("deployments", "-n", NAMESPACE).items) {
        const part = metadata.name.replace("tillway-", "");
        this.#fewest[part] = Math.min(this.#fewest[part], status.availableReplicas ?? 0);
      }
    }
  }
}

/** Where no other can start in its place, one of two may go, and the second is refused by the budget. */
async function evict(plane) {
  for (let n = 0; n < NODES; n++) plane.kubectl("cordon", `node-${n}`);
  const ofApi = ["pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/component=api"];
  const names = plane.get(...ofApi).items.map(({ metadata }) => metadata.name);
  await until("the budget knows the pods", async () =>
    plane.get("pdb", "-n", NAMESPACE).items.every(({ status }) => status?.disruptionsAllowed === 1),
  );
  const answers = names.map((name) => {
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace: NAMESPACE } };
    const { status, stderr } = plane.raw(`/api/v1/namespaces/${NAMESPACE}/pods/${name}/eviction`, eviction);
    return status === 0 ? "taken" : /disruption budget/i.test(stderr) ? "refused by the budget" : stderr.trim();
  });
  for (let n = 0; n < NODES; n++) plane.kubectl("uncordon", `node-${n}`);
  if (answers.join() !== "taken,refused by the budget") throw new Error(`evictions: ${answers.join(", ")}`);
  await until(
    "the evicted one is replaced",
    async () => plane.get(...ofApi).items.filter(({ status }) => status.phase === "Running").length === 2,
  );
  return answers.join(", ");
}

function assertGone(plane) {
  const kinds =
    "deployments,jobs,services,configmaps,serviceaccounts,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,ingresses";
  const left = plane.get(kinds, "-n", NAMESPACE, "-l", "app.kubernetes.io/instance=tillway").items;
  if (left.length > 0) throw new Error(`left behind: ${left.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(", ")}`);
}

/** Beside us: what is looked at meanwhile must not wait for it. */
function run(program, words) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(text) : reject(new Error(`helm ${words.slice(4).join(" ")}: ${text.trim()}`))));
  });
}

async function timed(act) {
  const begunAt = performance.now();
  await act();
  return ((performance.now() - begunAt) / 1_000).toFixed(1);
}

process.exitCode = await main();
