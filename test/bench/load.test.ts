/** The load generator counts right answers only. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { paymentBody, send } from "../../bench/load.mjs";

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

interface Seen {
  readonly keys: string[];
  readonly bodies: string[];
  readonly secrets: Set<unknown>;
}

/** An API that answers its n-th request with this status; null hangs up. */
async function api(status: (n: number) => number | null): Promise<{ port: number; seen: Seen }> {
  const seen: Seen = { keys: [], bodies: [], secrets: new Set() };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.keys.push(String(request.headers["idempotency-key"]));
      seen.bodies.push(Buffer.concat(chunks).toString("utf8"));
      seen.secrets.add(request.headers["x-api-secret"]);
      const chosen = status(seen.keys.length);
      if (chosen === null) return request.socket.destroy();
      // In two parts: an answer need not come in one piece.
      response.writeHead(chosen, { "content-length": 8 });
      response.write("half");
      return setImmediate(() => response.end("half"));
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, seen };
}

const run = (port: number, rate?: number) => send({ port, keys: { key: "pk", secret: "sk" } }, { seconds: 0.3, connections: 4, rate });

describe("the load", () => {
  it("is payments that all differ in their key alone, and each answer is counted once", async () => {
    const { port, seen } = await api(() => 201);
    const sent = await run(port);
    expect(sent.count).toBe(seen.keys.length);
    expect(new Set(seen.keys).size).toBe(seen.keys.length);
    expect(new Set(seen.bodies)).toEqual(new Set([JSON.stringify(paymentBody)]));
    expect([...seen.secrets]).toEqual(["sk"]);
    expect(sent.elapsedMs).toBeGreaterThanOrEqual(300);
    expect(sent.p50Ms).toBeGreaterThan(0);
    expect(sent.p99Ms).toBeGreaterThanOrEqual(sent.p50Ms);
  });

  it("keeps a steady pace if it has one, and counts latency from when a request was due", async () => {
    const { port, seen } = await api(() => 201);
    const sent = await run(port, 100);
    expect(sent.count).toBe(30);
    expect(seen.keys).toHaveLength(30);
    expect(sent.elapsedMs).toBeGreaterThanOrEqual(300);
    expect(sent.p99Ms).toBeGreaterThanOrEqual(sent.p50Ms);
  });

  it.each([
    ["another status", 503, /not 201: HTTP\/1\.1 503/],
    ["no answer", null, /the server closed a connection|ECONNRESET/],
  ])("ends with an error at the first %s: a figure with failures in it is none", async (_, wrong, message) => {
    const { port } = await api((n) => (n === 20 ? wrong : 201));
    await expect(run(port)).rejects.toThrow(message);
  });
});
