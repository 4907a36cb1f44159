/** A primary with a replica and three Sentinels of our own: the primary is killed under load, and jobs go on with the new one. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as bullmq from "bullmq";
import * as ioredis from "ioredis";
import { afterEach, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { needs } from "../../../../test/support/require-services.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { redisPlace } from "../../config/redis-url.ts";
import { allDone, EngineBench, subjects } from "../engine-bench.testing.ts";
import { openRedisEngine } from "./engine.ts";

const folders = (process.env.PATH ?? "").split(delimiter);
const program = needs(
  "redis-server",
  folders.map((folder) => join(folder, "redis-server")).find((file) => existsSync(file)),
);
const [server] = databaseServers();
const SENTINELS = 3;
const NAME = "tillway-primary";

program.describe("a primary that Sentinels name", () => {
  const stops: (() => unknown)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  it("is replaced under load: no job is lost, none is run twice", { timeout: 90_000 }, async () => {
    const storage: TestStorage = await postgresStorage(server!.url);
    stops.push(() => storage.close());
    const { primary, url } = await startSentinels(stops);
    const bench = new EngineBench(
      { name: "Sentinel", storage: () => storage, server: null },
      {
        open: (log) => openRedisEngine({ place: redisPlace(url)!, log, bury: async () => {}, libraries: { bullmq, ioredis } }),
        goAway: () => primary.kill("SIGKILL"),
        comeBack: () => {},
        empty: async () => {},
        close: async () => {},
      },
    );
    stops.push(() => bench.close());
    const { engine } = await bench.start();
    const first = await bench.add(200);
    await waitFor("some to be done", () => bench.done.length > 20);
    bench.server!.goAway();
    const second = await bench.add(100);
    await waitFor("the new primary", async () => bench.done.length > 200 && (await engine!.health()).status === "ok", {
      timeoutMs: 30_000,
    });
    await bench.endLeasesOfEngine();
    await allDone(bench, [...first, ...second]);
    expect(bench.done.toSorted()).toEqual(subjects([...first, ...second]));
  });
});

async function startSentinels(stops: (() => unknown)[]) {
  const directory = mkdtempSync(join(tmpdir(), "tillway sentinel "));
  stops.push(() => rmSync(directory, { recursive: true, force: true }));
  const [primaryPort, replicaPort, ...sentinelPorts] = await freePorts(2 + SENTINELS);
  const start = async (name: string, port: number, lines: readonly string[], ...flags: string[]): Promise<ChildProcess> => {
    const file = join(directory, `${name}.conf`);
    const own = [`port ${port}`, "bind 127.0.0.1", "daemonize no", 'save ""', `dir "${directory}"`, "protected-mode no"];
    writeFileSync(file, [...own, ...lines, ""].join("\n"));
    const child = spawn(program.url, [file, ...flags], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    stops.push(() => (child.kill("SIGKILL"), ended));
    const client = new ioredis.Redis({ port, host: "127.0.0.1", maxRetriesPerRequest: null });
    client.on("error", () => {});
    await waitFor(`${name} to answer`, async () => (await client.ping()) === "PONG");
    client.disconnect();
    return child;
  };
  const primary = await start("primary", primaryPort!, []);
  await start("replica", replicaPort!, [`replicaof 127.0.0.1 ${primaryPort}`]);
  for (const [n, port] of sentinelPorts.entries()) {
    const about = [`monitor ${NAME} 127.0.0.1 ${primaryPort} 2`, `down-after-milliseconds ${NAME} 1000`, `failover-timeout ${NAME} 5000`];
    const lines = about.map((line) => `sentinel ${line}`);
    await start(`sentinel-${n}`, port, lines, "--sentinel");
  }
  const client = new ioredis.Redis({ port: sentinelPorts[0]!, host: "127.0.0.1" });
  // They find each other by way of the primary; before that there is no majority.
  const isKnown = async (): Promise<boolean> => {
    const found = (await client.call("sentinel", "ckquorum", NAME)) as string;
    const replicas = (await client.call("sentinel", "replicas", NAME)) as unknown[];
    return found.startsWith(`OK ${SENTINELS}`) && replicas.length === 1;
  };
  await waitFor("the Sentinels to know each other", isKnown, { timeoutMs: 30_000, pauseMs: 100 });
  client.disconnect();
  return { primary, url: `redis-sentinel://${sentinelPorts.map((port) => `127.0.0.1:${port}`).join(",")}/${NAME}` };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((one) => new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve))));
  const ports = servers.map((one) => (one.address() as AddressInfo).port);
  await Promise.all(servers.map((one) => new Promise((resolve) => one.close(resolve))));
  return ports;
}
