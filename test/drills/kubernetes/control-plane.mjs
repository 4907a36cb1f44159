// A Kubernetes control plane of real parts: etcd, API server, controllers, scheduler. Its nodes are kwok's, which says of each pod what a kubelet
// would (it runs, it is ready, a Job's is done) and runs nothing.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../crash/stage.mjs";
import { until } from "../servers.mjs";

export const VERSION = "1.34.4";
const KWOK = "0.8.0";
const PARTS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok"];
const TOKEN = "drill";
const OUTPUT_BYTES = 64 << 20;

/** Why this machine can't do it; null: it can, if need be by building the parts. @param {string} bin where they are, or will be */
export function lacking(bin) {
  const has = (program) => !spawnSync(program, ["--help"], { stdio: "ignore" }).error;
  const missing = ["etcd", "openssl"].filter((program) => !has(program));
  if (!areBuilt(bin) && spawnSync("go", ["version"]).error) missing.push("go");
  return missing.length > 0 ? `${missing.join(", ")}: not installed` : null;
}

const areBuilt = (bin) => PARTS.every((part) => existsSync(join(bin, part)));

/** Builds what is not there yet. */
export function buildParts(bin, say) {
  if (areBuilt(bin)) return;
  say(`building Kubernetes ${VERSION} into ${bin}: some ten minutes, once`);
  execFileSync(join(import.meta.dirname, "build.sh"), [bin, VERSION, KWOK], { stdio: ["ignore", "inherit", "inherit"] });
}

export class ControlPlane {
  #running = [];

  constructor(bin, folder) {
    this.bin = bin;
    this.folder = folder;
    this.config = join(folder, "kubeconfig");
  }

  /** Until the API answers. The port of etcd's own peers is never used, and has to be given. */
  async start() {
    const [client, peer, secure] = [await freePort(), await freePort(), await freePort()];
    const [etcd, server] = [`http://127.0.0.1:${client}`, `https://127.0.0.1:${secure}`];
    const peers = `http://127.0.0.1:${peer}`;
    const key = join(this.folder, "accounts.key");
    execFileSync("openssl", ["genrsa", "-out", key, "2048"], { stdio: "ignore" });
    writeFileSync(join(this.folder, "tokens.csv"), `${TOKEN},admin,1,"system:masters"\n`);
    writeFileSync(this.config, JSON.stringify(kubeconfig(server)));
    mkdirSync(join(this.folder, "etcd"), { mode: 0o700 });
    const ofEtcd = { "data-dir": join(this.folder, "etcd"), "listen-client-urls": etcd, "advertise-client-urls": etcd };
    this.#run("etcd", {
      name: "drill",
      ...ofEtcd,
      "listen-peer-urls": peers,
      "initial-advertise-peer-urls": peers,
      "initial-cluster": `drill=${peers}`,
    });
    this.#run("kube-apiserver", {
      "etcd-servers": etcd,
      "bind-address": "127.0.0.1",
      "advertise-address": "127.0.0.1",
      "secure-port": secure,
      "cert-dir": join(this.folder, "certificates"),
      "service-cluster-ip-range": "10.96.0.0/16",
      "service-account-key-file": key,
      "service-account-signing-key-file": key,
      "service-account-issuer": "https://kubernetes.default.svc",
      "token-auth-file": join(this.folder, "tokens.csv"),
      "authorization-mode": "RBAC",
      "endpoint-reconciler-type": "none",
      // The etcd of Debian 12, 3.4.23, does not say how far a watch is, which lists that are streamed wait for.
      "feature-gates": "WatchList=false",
    });
    await until("the API server is ready", async () => this.try("get", "--raw", "/readyz").status === 0);
    const own = { kubeconfig: this.config, "leader-elect": "false", "secure-port": "0" };
    this.#run("kube-controller-manager", { ...own, "service-account-private-key-file": key });
    this.#run("kube-scheduler", own);
    const stages = join(import.meta.dirname, "stages.yaml");
    this.#run("kwok", {
      kubeconfig: this.config,
      config: stages,
      "manage-all-nodes": "true",
      "node-lease-duration-seconds": 40,
      "server-address": `127.0.0.1:${await freePort()}`,
    });
  }

  /** One command of kubectl. Throws an Error with what it said. @returns its output */
  kubectl(...words) {
    const { status, stdout, stderr } = this.try(...words);
    if (status !== 0) throw new Error(`kubectl ${words.join(" ")}: ${stderr.trim()}`);
    return stdout;
  }

  try(...words) {
    return spawnSync(join(this.bin, "kubectl"), ["--kubeconfig", this.config, ...words], { encoding: "utf8", maxBuffer: OUTPUT_BYTES });
  }

  /** Puts these objects there. @param {readonly object[]} objects */
  apply(objects, ...words) {
    const file = join(this.folder, "objects.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    return this.kubectl("apply", "-f", file, ...words);
  }

  /** Sends an object to an address of the API. */
  raw(path, object) {
    const file = join(this.folder, "object.json");
    writeFileSync(file, JSON.stringify(object));
    return this.try("create", "--raw", path, "-f", file);
  }

  /** Objects as the API has them. */
  get(...words) {
    return JSON.parse(this.kubectl("get", "-o", "json", ...words));
  }

  async stop() {
    for (const child of this.#running.toReversed()) {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once("exit", resolve));
      clearTimeout(late);
    }
  }

  /** What a part wrote last, for a failure. */
  logs() {
    return ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "etcd"].map((part) => {
      const file = join(this.folder, `${part}.log`);
      return `== ${part}\n${existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-8).join("\n") : "did not start"}`;
    });
  }

  #run(part, options) {
    const log = openSync(join(this.folder, `${part}.log`), "a");
    const program = part === "etcd" ? part : join(this.bin, part);
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    this.#running.push(spawn(program, args, { stdio: ["ignore", log, log] }));
  }
}

function kubeconfig(server) {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "drill", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "drill", user: { token: TOKEN } }],
    contexts: [{ name: "drill", context: { cluster: "drill", user: "drill" } }],
    "current-context": "drill",
  };
}
