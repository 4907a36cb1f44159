// A Redis with a replica and three Sentinels, of our own.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../crash/stage.mjs";
import { redisSays, until } from "./servers.mjs";

const NAME = "tillway-primary";
const SENTINELS = 3;

/** @param stops gets at once what ends whatever has been started */
export async function startSentinels(directory, stops) {
  mkdirSync(directory, { recursive: true });
  const children = [];
  stops.push(async () => {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? new Promise((resolve) => child.once("exit", resolve))));
  });
  const start = async (name, lines, ...flags) => {
    const port = await freePort();
    const file = join(directory, `${name}.conf`);
    const own = [`port ${port}`, "bind 127.0.0.1", "daemonize no", 'save ""', `dir "${directory}"`, "protected-mode no"];
    writeFileSync(file, [...own, ...lines, ""].join("\n"));
    const child = spawn("redis-server", [file, ...flags], { stdio: "ignore" });
    children.push(child);
    await until(`${name} answers`, async () => (await redisSays(port, "PING")).startsWith("+PONG"));
    return { port, child };
  };
  const primary = await start("primary", ["maxmemory-policy noeviction"]);
  await start("replica", ["maxmemory-policy noeviction", `replicaof 127.0.0.1 ${primary.port}`]);
  const about = [`monitor ${NAME} 127.0.0.1 ${primary.port} 2`, `down-after-milliseconds ${NAME} 1000`, `failover-timeout ${NAME} 5000`];
  const sentinels = [];
  for (let n = 0; n < SENTINELS; n++) {
    const lines = about.map((line) => `sentinel ${line}`);
    sentinels.push((await start(`sentinel-${n}`, lines, "--sentinel")).port);
  }
  // They find each other and the replica by way of the primary; before that there is no majority.
  await until("the Sentinels know each other", async () => {
    const quorum = await redisSays(sentinels[0], `SENTINEL CKQUORUM ${NAME}`);
    const replicas = await redisSays(sentinels[0], `SENTINEL REPLICAS ${NAME}`);
    return quorum.startsWith(`+OK ${SENTINELS}`) && replicas.startsWith("*1");
  });
  return {
    url: `redis-sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(",")}/${NAME}`,
    /** Kills the primary and waits until the Sentinels name another. */
    async failOver() {
      primary.child.kill("SIGKILL");
      const address = `SENTINEL GET-MASTER-ADDR-BY-NAME ${NAME}`;
      await until("there is another primary", async () => !(await redisSays(sentinels[0], address)).includes(`\r\n${primary.port}\r\n`));
    },
  };
}
