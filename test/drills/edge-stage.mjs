// Two APIs and two workers behind the nginx of deploy/nginx, with a throw-away certificate, and a gateway and a receiver beside them.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { copyEdge, EDGE_HOSTS } from "../../scripts/edge.mjs";
import { Victim } from "../crash/processes.mjs";
import { startReceiver } from "../crash/receiver.mjs";
import { freePort, seedDatabase } from "../crash/stage.mjs";
import { until } from "./servers.mjs";

/**
 * @param {{ databaseUrl: string, directory: string, root?: string }} where `root`: of another build, which all processes are
 * @param {(() => unknown)[]} stops gets what ends it all, in the order of the starts
 */
export async function openEdge({ databaseUrl, directory, root }, stops) {
  const seed = await seedDatabase({ databaseUrl, directory, root });
  const receiver = await startReceiver(seed.receiverPort);
  stops.push(() => receiver.close());
  receiver.state.secret = seed.keys.webhook_secret;
  const [https, http, sandboxPort] = [await freePort(), await freePort(), await freePort()];
  const processes = [await portsOfOne(), await portsOfOne()];
  const victim = (name, argv, own = {}) => new Victim({ name, argv, env: { ...own }, directory, root });
  const journal = join(directory, "journal.jsonl");
  const gateway = victim("gateway", ["gateway", "sandbox", "--port", String(sandboxPort), "--journal", journal], {
    SANDBOX_DELAY_MS: "150",
  });
  gateway.start();
  const env = {
    DATABASE_URL: databaseUrl,
    SANDBOX_URL: `http://127.0.0.1:${sandboxPort}`,
    TEST_MODE: "true",
    TRUSTED_PROXIES: "127.0.0.1",
    // Not the edge: the gateway has no reason to trust its certificate.
    PUBLIC_URL: `http://127.0.0.1:${processes[0].api}`,
    DASHBOARD_URL: `https://${EDGE_HOSTS.pay}:${https}`,
    CHECKOUT_URL: `https://${EDGE_HOSTS.checkout}:${https}`,
    ...seed.settings,
  };
  const api = processes.map(({ api: port, dashboard, checkout }, n) => {
    const ports = { API_PORT: String(port), DASHBOARD_PORT: String(dashboard), CHECKOUT_PORT: String(checkout) };
    return victim(`api-${n + 1}`, ["api"], { ...env, ...ports }).start();
  });
  const worker = [1, 2].map((n) => victim(`worker-${n}`, ["worker"], { ...env, LOG_LEVEL: "warn" }).start());
  stops.push(async () => {
    await Promise.all([...api, ...worker].map((one) => one.stop()));
    await gateway.stop();
  });
  const ready = (n) =>
    until(`API ${n + 1} takes payments`, async () => {
      // What does not get to its database in time ends, and systemd starts it again.
      if (api[n].died) api[n].start();
      return (await fetch(readyUrl(processes[n]))).ok;
    });
  await Promise.all([0, 1].map(ready));
  const edge = join(directory, "edge");
  const nginx = startNginx(edge, copyEdge(edge, { https, http }, processes));
  stops.push(() => nginx.stop());
  const ca = readFileSync(join(edge, "tls/cert.pem"));
  await until("nginx answers", async () => (await ask({ https, ca }, { path: "/health/live" })).status === 200);
  return { databaseUrl, directory, edge, https, http, ca, keys: seed.keys, receiver, sandboxPort, api, worker, ready, env };
}

const readyUrl = ({ api }) => `http://127.0.0.1:${api}/health/ready`;

async function portsOfOne() {
  return { api: await freePort(), dashboard: await freePort(), checkout: await freePort() };
}

function startNginx(edge, file) {
  const child = spawn("nginx", ["-p", edge, "-c", file, "-g", "daemon off;"], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  process.once("exit", () => child.kill("SIGTERM"));
  return {
    stop: async () => {
      child.kill("SIGQUIT");
      await ended;
    },
  };
}

/**
 * One request through the edge, which is never sent twice by this side.
 * @param edge `https` port and `ca`
 * @param asked `path`, and `method`, `headers`, `body`, `host` and `agent` if they are not the usual ones
 */
export function ask({ https: port, ca }, { path, method = "GET", headers = {}, body, host = EDGE_HOSTS.pay, ...more }) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const options = { host: "127.0.0.1", port, path, method, ca, servername: host, headers: { host, ...length, ...headers }, ...more };
    const sent = request(options, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
      response.on("error", reject);
    });
    sent.setTimeout(60_000, () => sent.destroy(new Error("no answer within a minute")));
    sent.on("error", reject);
    sent.end(body);
  });
}

export const keyHeaders = ({ keys }) => ({ "x-api-key": keys.key, "x-api-secret": keys.secret });
