// What must hold of every manifest of the chart, beyond that Kubernetes would take it.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readConfig } from "../../../server/dist/config.js";
import { VARIABLES } from "../../../server/dist/config/variables.js";
import { DRAIN_MS } from "../../../server/dist/core/constants.js";
import { createMetricsPage } from "../../../server/dist/observe/gauges.js";
import { createMetrics } from "../../../server/dist/observe/metrics.js";

const openapi = resolve(import.meta.dirname, "../../../docs/openapi.json");
/** The work under way, and then what a request had left to be done beside it. */
const DRAINS = 2;

/** What a Secret may hold. */
const SAMPLES = {
  DATABASE_URL: "postgres://user:password@db:5432/tillway",
  DATABASE_REPLICA_URL: "postgres://user:password@db-ro:5432/tillway",
  TILLWAY_MASTER_KEY: "0123456789abcdef".repeat(4),
  TILLWAY_OPERATOR_KEY: "0123456789abcdef".repeat(2),
  METRICS_TOKEN: "0123456789abcdef",
  REDIS_URL: "rediss://user:password@redis:6379/0",
  KAFKA_USERNAME: "tillway",
  KAFKA_PASSWORD: "password",
  MONGODB_URL: "mongodb://user:password@mongo:27017/tillway",
  SMTP_URL: "smtp://user:password@mail:587",
};
/** Files of certificates are not here. */
const UNREADABLE_HERE = /_CA_FILE$/;

/** @typedef {import("./chart.mjs").Manifest} Manifest */

/** The pods of Deployments and Jobs. @param {readonly Manifest[]} manifests */
function workloadsOf(manifests) {
  return manifests
    .filter(({ kind }) => kind === "Deployment" || kind === "Job")
    .map((manifest) => ({
      name: `${manifest.kind} ${manifest.metadata.name}`,
      manifest,
      pod: manifest.spec.template.spec,
      labels: manifest.spec.template.metadata.labels,
      container: manifest.spec.template.spec.containers[0],
    }));
}

/** @typedef {ReturnType<typeof workloadsOf>[number]} Workload */

/** @param {readonly Manifest[]} manifests @returns {Promise<string[]>} */
export async function faultsOf(manifests) {
  const workloads = workloadsOf(manifests);
  const parts = workloads.filter(({ manifest }) => manifest.kind === "Deployment");
  return [
    ...manifests.filter(({ kind }) => kind === "Secret").map(({ metadata }) => `Secret ${metadata.name}: the chart makes no Secret`),
    ...workloads.flatMap((workload) => [...security(workload), ...settings(workload, manifests)]),
    ...parts.flatMap((part) => [...probes(part), ...graceful(part), ...rollout(part)]),
    ...services(manifests, parts),
    ...(await figures(manifests)),
  ];
}

/** @param {Workload} workload */
function security({ name, pod, container }) {
  const { securityContext: own = {}, image } = container;
  /** @type {[boolean, string][]} */
  const rules = [
    [pod.securityContext?.runAsNonRoot === true, "may run as root"],
    // By a name nobody can tell that it is not root.
    [pod.securityContext?.runAsUser > 0, "names no user by number"],
    [pod.securityContext?.seccompProfile?.type === "RuntimeDefault", "has no seccomp profile"],
    [own.readOnlyRootFilesystem === true, "may write to its image"],
    [own.allowPrivilegeEscalation === false, "may take more rights"],
    [own.capabilities?.drop?.includes("ALL") === true, "keeps capabilities"],
    [pod.automountServiceAccountToken === false, "gets a token of the cluster"],
    [pod.enableServiceLinks === false, "gets a variable for each Service"],
    [container.resources?.requests?.memory !== undefined && container.resources?.limits?.memory !== undefined, "has no bound of memory"],
    [/[:@]/.test(image) && !/:latest$|bitnami/.test(image), `has no fixed image: ${image}`],
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => `${name} ${fault}`);
}

/** Each variable is one of ours, and the program takes them all together. @param {Workload} workload @param {readonly Manifest[]} manifests */
function settings({ name, container }, manifests) {
  const maps = (container.envFrom ?? []).map((/** @type {any} */ { configMapRef }) => configMapRef.name);
  const open = manifests.filter(({ kind, metadata }) => kind === "ConfigMap" && maps.includes(metadata.name)).map(({ data }) => data);
  const sealed = (container.env ?? []).map((/** @type {any} */ { name: variable }) => [
    variable,
    SAMPLES[/** @type {keyof typeof SAMPLES} */ (variable)] ?? "",
  ]);
  const environment = Object.assign({}, ...open, Object.fromEntries(sealed));
  const unknown = Object.keys(environment).filter((variable) => !(variable in VARIABLES));
  if (unknown.length > 0) return [`${name} sets ${unknown.join(", ")}, which no part of Tillway reads`];
  const readable = Object.entries(environment).filter(([variable]) => !UNREADABLE_HERE.test(variable));
  try {
    readConfig(Object.fromEntries(readable), container.args[0]);
    return [];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Paths are routes, ports are those of the container. @param {Workload} workload */
function probes({ name, container }) {
  const routes = Object.keys(JSON.parse(readFileSync(openapi, "utf8")).paths);
  const ports = container.ports.map((/** @type {any} */ port) => port.name);
  return ["startupProbe", "livenessProbe", "readinessProbe"].flatMap((probe) => {
    const { path, port } = container[probe]?.httpGet ?? {};
    if (!routes.includes(path)) return [`${name}: the ${probe} asks for ${path}, which is no route`];
    return ports.includes(port) ? [] : [`${name}: the ${probe} asks port ${port}, which is none of the container's`];
  });
}

/** A stop is not cut short. @param {Workload} workload */
function graceful({ name, pod, container }) {
  const preStop = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
  const needed = preStop + (DRAINS * DRAIN_MS) / 1_000;
  return pod.terminationGracePeriodSeconds > needed
    ? []
    : [`${name}: terminationGracePeriodSeconds must be more than ${needed}: what preStop and a stop of the program take`];
}

/** @param {Workload} workload */
function rollout({ name, manifest }) {
  const { maxSurge, maxUnavailable } = manifest.spec.strategy.rollingUpdate;
  return Number.parseInt(maxSurge) === 0 && Number.parseInt(maxUnavailable) === 0 ? [`${name}: no pod could ever be replaced`] : [];
}

/** What selects pods finds some, and their ports. @param {readonly Manifest[]} manifests @param {readonly Workload[]} parts */
function services(manifests, parts) {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    const selector = {
      Service: spec?.selector,
      PodDisruptionBudget: spec?.selector?.matchLabels,
      NetworkPolicy: spec?.podSelector?.matchLabels,
    }[/** @type {"Service"} */ (kind)];
    if (selector === undefined) return [];
    const found = parts.filter(({ labels }) => Object.entries(selector).every(([label, value]) => labels[label] === value));
    if (found.length !== 1) return [`${kind} ${metadata.name} selects ${found.length} of the parts`];
    const ports = found[0]?.container.ports.map((/** @type {any} */ port) => port.name);
    const asked = kind === "Service" ? spec.ports.map((/** @type {any} */ port) => port.targetPort) : [];
    return asked
      .filter((/** @type {string} */ port) => !ports.includes(port))
      .map((/** @type {string} */ port) => `Service ${metadata.name}: no port ${port}`);
  });
}

/** What scales is measured. @param {readonly Manifest[]} manifests */
async function figures(manifests) {
  const asked = manifests
    .filter(({ kind }) => kind === "HorizontalPodAutoscaler")
    .flatMap(({ spec }) => spec.metrics)
    .flatMap((/** @type {any} */ { external, pods }) => [external ?? pods].filter(Boolean))
    .map(({ metric }) => metric.name);
  const known = await metricNames();
  return asked.filter((name) => !known.has(name)).map((name) => `an autoscaler asks for ${name}, which /metrics does not have`);
}

/** Every figure that a process shows. */
export async function metricNames() {
  const metrics = await createMetrics({ jobKinds: [], connectors: [] });
  const nothing = { figures: () => Promise.reject(new Error("no database")), pools: () => ({}), clock: { now: () => 0 } };
  createMetricsPage(metrics, nothing);
  return new Set(metrics.registry.getMetricsAsArray().map(({ name }) => name));
}
