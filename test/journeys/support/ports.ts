import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { inject } from "vitest";

/**
 * A loopback port that nobody listens at, for what must know its own address before it listens. It is given once in a test run, since other test
 * files choose at the same time. It lies below the range that systems give out by themselves, so that no connection of another test takes it in between.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = randomInt(20_000, 32_000);
    if (isGivenNow(port) && (await isFree(port))) return port;
  }
  throw new Error("no free port from 20000 to 31999 in 50 tries");
}

function isGivenNow(port: number): boolean {
  const given = inject("portsDirectory");
  mkdirSync(given, { recursive: true });
  try {
    writeFileSync(join(given, String(port)), "", { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
