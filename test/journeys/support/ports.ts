import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * A loopback port that was free a moment ago, for what must know its own address before it listens. It lies below the range that
 * systems give out by themselves, so that no connection of another test takes it in between.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error("no free port from 20000 to 31999 in 50 tries");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
