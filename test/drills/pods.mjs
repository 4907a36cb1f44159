// What a cluster does with the chart's manifests, done here: pods are processes, each with an address of its own, and their probes, rolling
// updates and stops are those of the manifests. No container, no API server.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A pod's address is taken out everywhere this much after its end was decided: the slowest that is seen in clusters of ordinary size. */
const ENDPOINT_LAG_MS = 3_000;
/** Of a start on a machine that is busy; a cluster would start it anew. */
const START_MS = 300_000;
/** That of the image. */
const ENTRYPOINT = [process.execPath, "--max-semi-space-size=16", "--v8-pool-size=1", "server/bin/tillway.js"];
const root = new URL("../..", import.meta.url);

/** @typedef {import("../../scripts/deploy-checks/helm/chart.mjs").Manifest} Manifest */

/** All that is known in the cluster: what maps and Secrets hold, addresses, where logs go. */
export class Cluster {
  #addresses = 1;

  /** @param {{ manifests: readonly Manifest[], secrets: Record<string, Record<string, string>>, directory: string }} given */
  constructor({ manifests, secrets, directory }) {
    this.manifests = manifests;
    this.secrets = secrets;
    this.directory = directory;
  }

  /** @param {string} kind @param {string} name @returns {Manifest} */
  find(kind, name) {
    const found = this.manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
    if (!found) throw new Error(`the chart made no ${kind} ${name}`);
    return found;
  }

  address() {
    return `127.0.7.${++this.#addresses}`;
  }

  /** What a container is told. @param {Manifest} container @param {string} address */
  environment(container, address) {
    const maps = (container.envFrom ?? []).map((/** @type {any} */ from) => this.find("ConfigMap", from.configMapRef.name).data);
    const sealed = (container.env ?? []).flatMap((/** @type {any} */ { name, valueFrom: { secretKeyRef: from } }) => {
      const value = this.secrets[from.name]?.[from.key];
      if (value === undefined && !from.optional) throw new Error(`the Secret ${from.name} has no ${from.key}`);
      return value === undefined ? [] : [[name, value]];
    });
    const { PATH = "", HOME = "" } = process.env;
    // All pods are on one machine, where each has an address instead of a network of its own.
    return { PATH, HOME, ...Object.assign({}, ...maps), ...Object.fromEntries(sealed), HOST: address, TILLWAY_HOME: this.directory };
  }

  /** Runs a Job to its end. @param {string} name @returns {Promise<number | null>} its exit code */
  async job(name) {
    const pod = new Pod(this, this.find("Job", name).spec.template.spec, name);
    return pod.exited;
  }
}

export class Pod {
  ready = false;
  #stopping = false;

  /** @param {Cluster} cluster @param {Manifest} spec @param {string} name */
  constructor(cluster, spec, name) {
    const [container] = spec.containers;
    this.name = name;
    this.container = container;
    this.spec = spec;
    this.address = cluster.address();
    const [program, ...args] = [...ENTRYPOINT, ...container.args];
    const log = createWriteStream(join(cluster.directory, `${name}-${this.address}.log`));
    this.child = spawn(program, args, { cwd: root, env: cluster.environment(container, this.address), stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout.pipe(log, { end: false });
    this.child.stderr.pipe(log, { end: false });
    this.exited = new Promise((/** @type {(code: number | null) => void} */ resolve) => this.child.once("close", resolve));
  }

  /** @param {string} port its name @returns {number} */
  port(port) {
    return this.container.ports.find((/** @type {any} */ one) => one.name === port).containerPort;
  }

  /** Waits for the readiness probe, and then goes on asking. */
  async untilReady() {
    const probe = this.container.readinessProbe;
    for (const giveUpAt = Date.now() + START_MS; !(await this.#passes(probe)); await sleep(200)) {
      if (this.child.exitCode !== null) throw new Error(`${this.name} ended with ${this.child.exitCode}`);
      if (Date.now() > giveUpAt) throw new Error(`${this.name} was not ready within ${START_MS / 1_000} s`);
    }
    this.ready = true;
    void this.#watch(probe);
    return this;
  }

  /** @param {any} probe */
  async #watch({ periodSeconds, failureThreshold, ...probe }) {
    for (let failures = 0; !this.#stopping; await sleep(periodSeconds * 1_000)) {
      failures = (await this.#passes(probe)) ? 0 : failures + 1;
      if (!this.#stopping) this.ready = failures < failureThreshold;
    }
  }

  /** @param {any} probe */
  async #passes({ httpGet: { path, port }, timeoutSeconds = 1 }) {
    const signal = AbortSignal.timeout(timeoutSeconds * 1_000);
    const answer = await fetch(`http://${this.address}:${this.port(port)}${path}`, { signal }).catch(() => null);
    await answer?.arrayBuffer().catch(() => undefined);
    return answer?.ok === true;
  }

  /** As a kubelet: preStop, SIGTERM, and SIGKILL when the grace period is over. @returns how long SIGTERM took, of how much, and the exit code */
  async stop() {
    this.#stopping = true;
    void sleep(ENDPOINT_LAG_MS).then(() => (this.ready = false));
    const graceMs = this.spec.terminationGracePeriodSeconds * 1_000;
    const startedAt = Date.now();
    const kill = setTimeout(() => this.child.kill("SIGKILL"), graceMs);
    await sleep((this.container.lifecycle?.preStop?.sleep?.seconds ?? 0) * 1_000);
    const toldAt = Date.now();
    this.child.kill("SIGTERM");
    const code = await this.exited;
    clearTimeout(kill);
    return { code, stopMs: Date.now() - toldAt, wholeMs: Date.now() - startedAt, graceMs };
  }
}

/** The pods of one Deployment. */
export class Deployment {
  /** @type {Pod[]} */
  pods = [];

  /** @param {Cluster} cluster @param {string} name */
  constructor(cluster, name) {
    this.cluster = cluster;
    this.name = name;
    this.spec = cluster.find("Deployment", name).spec;
  }

  async start() {
    this.pods = Array.from({ length: this.spec.replicas }, () => this.#pod());
    await Promise.all(this.pods.map((pod) => pod.untilReady()));
  }

  /** New pods for old ones: never more than maxSurge beyond the wanted, never fewer ready ones than wanted less maxUnavailable. */
  async rollout() {
    const { maxSurge, maxUnavailable } = this.spec.strategy.rollingUpdate;
    if (maxSurge !== 1 || maxUnavailable !== 0)
      throw new Error(`only maxSurge 1 and maxUnavailable 0 are known here, not ${maxSurge} and ${maxUnavailable}`);
    const stops = [];
    const before = this.pods;
    this.pods = [...before];
    for (const old of before) {
      this.pods.push(await this.#pod().untilReady());
      stops.push(old.stop());
      // A pod that is on its way out is no longer counted, and the next may come: so it is in a cluster as well.
    }
    const ended = await Promise.all(stops);
    this.pods = this.pods.slice(-this.spec.replicas);
    return ended;
  }

  ready() {
    return this.pods.filter((pod) => pod.ready);
  }

  async stop() {
    return Promise.all(this.pods.map((pod) => pod.stop()));
  }

  #pod() {
    return new Pod(this.cluster, this.spec.template.spec, this.name);
  }
}
