// Three nodes of PostgreSQL under Patroni, with synchronous replication, an etcd and a HAProxy that leads to the primary; of our own.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "../crash/stage.mjs";
import { postgresPrograms, until } from "./servers.mjs";

const NODES = ["n1", "n2", "n3"];
/** A primary that says nothing for as long is replaced. It is at least `loop_wait` and twice `retry_timeout`. */
const TTL_SECONDS = 10;

/** @param stops gets at once what ends whatever has been started */
export async function startPatroni(directory, stops) {
  mkdirSync(join(directory, "sock"), { recursive: true });
  if (process.getuid() === 0) execFileSync("chown", ["-R", "postgres:", directory]);
  const children = [];
  stops.push(() => endAll(children));
  const start = (name, file, ...args) => {
    const [program, ...words] = process.getuid() === 0 ? [...AS_POSTGRES, file, ...args] : [file, ...args];
    const child = spawn(program, words, { stdio: ["ignore", "ignore", "ignore"], cwd: directory });
    children.unshift(child);
    return child;
  };
  const ports = { etcd: await freePort(), peer: await freePort(), proxy: await freePort(), nodes: [] };
  for (const name of NODES) ports.nodes.push({ name, api: await freePort(), postgres: await freePort() });
  startEtcd(start, directory, ports);
  await until("etcd answers", async () => (await fetch(`http://127.0.0.1:${ports.etcd}/health`)).ok);
  for (const node of ports.nodes) {
    const file = join(directory, `${node.name}.yml`);
    writeFileSync(file, JSON.stringify(settingsOf(node, directory, ports.etcd)));
    node.child = start(node.name, "patroni", file);
    if (node.name === "n1") await until("there is a primary", () => isPrimary(node));
  }
  writeFileSync(join(directory, "haproxy.cfg"), proxyOf(ports));
  start("haproxy", "haproxy", "-f", join(directory, "haproxy.cfg"));
  await until("two follow, one of them in step", async () => {
    const { members } = await (await fetch(`http://127.0.0.1:${ports.nodes[0].api}/cluster`)).json();
    return members.filter(({ state }) => state === "streaming" || state === "running").length === NODES.length && members.some(isInStep);
  });
  const url = `postgres://postgres:su@127.0.0.1:${ports.proxy}/postgres`;
  await until("the proxy leads to the primary", () => writes(url));
  return {
    url,
    /** Kills the primary and its Patroni, as a host that loses its power, and waits until a write is committed again. */
    async failOver() {
      const roles = await Promise.all(ports.nodes.map(isPrimary));
      const primary = ports.nodes[roles.indexOf(true)];
      const postmaster = Number(readFileSync(join(directory, "data", primary.name, "postmaster.pid"), "utf8").split("\n")[0]);
      primary.child.kill("SIGKILL");
      process.kill(postmaster, "SIGKILL");
      await until("writes are committed again", () => writes(url));
    },
  };
}

const AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"];

function startEtcd(start, directory, { etcd, peer }) {
  const [client, own] = [`http://127.0.0.1:${etcd}`, `http://127.0.0.1:${peer}`];
  const urls = ["--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", own];
  const cluster = ["--initial-advertise-peer-urls", own, "--initial-cluster", `e1=${own}`];
  start("etcd", "etcd", "--name", "e1", "--data-dir", join(directory, "etcd"), ...urls, ...cluster);
}

function settingsOf({ name, api, postgres }, directory, etcd) {
  const parameters = { wal_level: "replica", hot_standby: "on", max_wal_senders: 10, max_replication_slots: 10, wal_log_hints: "on" };
  const dcs = { ttl: TTL_SECONDS, loop_wait: 2, retry_timeout: 3, maximum_lag_on_failover: 1_048_576, synchronous_mode: true };
  return {
    scope: "tillway",
    name,
    restapi: { listen: `127.0.0.1:${api}`, connect_address: `127.0.0.1:${api}` },
    etcd3: { host: `127.0.0.1:${etcd}` },
    bootstrap: {
      dcs: { ...dcs, postgresql: { use_pg_rewind: true, parameters: { ...parameters, synchronous_commit: "on", max_connections: 200 } } },
      initdb: [{ encoding: "UTF8" }, { locale: "C.UTF-8" }, "data-checksums", { "auth-host": "scram-sha-256" }, { "auth-local": "trust" }],
    },
    postgresql: {
      listen: `127.0.0.1:${postgres}`,
      connect_address: `127.0.0.1:${postgres}`,
      data_dir: join(directory, "data", name),
      bin_dir: postgresPrograms(),
      pgpass: join(directory, `pgpass-${name}`),
      authentication: {
        superuser: { username: "postgres", password: "su" },
        replication: { username: "repl", password: "re" },
        rewind: { username: "rew", password: "rw" },
      },
      parameters: { unix_socket_directories: join(directory, "sock"), shared_buffers: "64MB" },
      pg_hba: ["local all all trust", "host all all 127.0.0.1/32 scram-sha-256", "host replication repl 127.0.0.1/32 scram-sha-256"],
    },
  };
}

function proxyOf({ proxy, nodes }) {
  const servers = nodes.map(({ name, api, postgres }) => `  server ${name} 127.0.0.1:${postgres} check port ${api}`);
  return `defaults
  mode tcp
  timeout connect 1s
  timeout client 1h
  timeout server 1h
  timeout check 1s
listen primary
  bind 127.0.0.1:${proxy}
  option httpchk GET /primary
  http-check expect status 200
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${servers.join("\n")}
`;
}

/** The last one first, etcd at the end: a Patroni that finds no etcd waits for it instead of ending. */
async function endAll(children) {
  for (const child of children.filter((one) => one.exitCode === null && one.signalCode === null)) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }
}

async function isPrimary({ api }) {
  const answer = await fetch(`http://127.0.0.1:${api}/primary`, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
  return answer?.ok ?? false;
}

function isInStep({ role }) {
  return role === "sync_standby";
}

async function writes(connectionString) {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000, query_timeout: 2_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("create table if not exists probe (n int); insert into probe values (1)");
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}
