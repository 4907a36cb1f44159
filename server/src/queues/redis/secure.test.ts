/** Redis over TLS, with a password: a server of our own, whose certificate nobody vouches for but an authority of the test. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as bullmq from "bullmq";
import * as ioredis from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort } from "../../../../test/journeys/support/ports.ts";
import { makeCertificates } from "../../../../test/support/certificates.ts";
import { needs } from "../../../../test/support/require-services.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { readConfig } from "../../config.ts";
import type { Message } from "../../core/ports/engine.ts";
import type { Log } from "../../core/ports/world.ts";
import { openRedisEngine } from "./engine.ts";

const folders = (process.env.PATH ?? "").split(delimiter);
const program = needs(
  "redis-server",
  folders.map((folder) => join(folder, "redis-server")).find((file) => existsSync(file)),
);
const PASSWORD = "a password/of@the test";

program.describe("Redis over TLS", () => {
  const stops: (() => unknown)[] = [];
  const warnings: string[] = [];
  const log: Log = {
    info: () => {},
    warn: (...said) => void warnings.push(JSON.stringify(said)),
    error: (...said) => void warnings.push(JSON.stringify(said)),
  };
  let url: string;
  let ca: string;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "tillway-redis-"));
    stops.push(() => rmSync(folder, { recursive: true, force: true }));
    const made = makeCertificates(folder);
    ca = made.ca;
    const port = await freePort();
    const tls = ["--tls-port", String(port), "--tls-cert-file", made.certificate, "--tls-key-file", made.key, "--tls-ca-cert-file", ca];
    const own = [
      "--port",
      "0",
      "--bind",
      "127.0.0.1",
      "--tls-auth-clients",
      "no",
      "--requirepass",
      PASSWORD,
      "--save",
      "",
      "--dir",
      folder,
    ];
    const server = spawn(program.url, [...tls, ...own], { stdio: "ignore" });
    stops.push(() => server.kill("SIGKILL"));
    url = `rediss://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/0`;
  });
  afterAll(() => {
    for (const stop of stops.splice(0).reverse()) stop();
  });

  const open = (environment: object) =>
    openRedisEngine({
      place: readConfig({ REDIS_URL: url, ...environment }, "all").redis!,
      log,
      bury: async () => {},
      libraries: { bullmq, ioredis },
    });

  it("is spoken with where REDIS_CA_FILE vouches for it, and a job travels through it", async () => {
    const engine = await open({ REDIS_CA_FILE: ca });
    await waitFor("Redis", async () => (await engine.health()).status === "ok", { timeoutMs: 30_000 });
    const got: string[] = [];
    engine.consume("webhook-queue", {
      atOnce: 1,
      receive: ({ jobId }) => (got.push(jobId), { held: Promise.resolve(), ended: Promise.resolve({ outcome: "done" }) }),
    });
    const message = { id: "m-1", queue: "webhook-queue", jobId: "job_1", lane: "whe_1", kind: "webhook" } as Message;
    await engine.publish("webhook-queue", [message], 0);
    await waitFor("the job", () => got.length === 1, { timeoutMs: 30_000 });
    await engine.close();
  });

  it("is not spoken with where nobody vouches for it; the log says why, and no password", async () => {
    warnings.length = 0;
    const engine = await open({});
    expect((await engine.health()).status).toBe("down");
    await waitFor("the reason", () => warnings.some((line) => /certificate/.test(line)));
    expect(warnings.join("\n")).not.toMatch(/password\/of|password%2Fof/);
    await engine.close();
  });
});
