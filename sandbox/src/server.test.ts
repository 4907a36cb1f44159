import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { apiKey, keyOf, webhookSecret } from "./desk.testing.ts";
import type { FarSide } from "./far-side.ts";
import { startSandbox } from "./gateway/routes.ts";
import { mockSettings } from "./gateway/settings.testing.ts";
import { startGatewayServer, type GatewayServer } from "./server.ts";
import { net } from "./net.testing.ts";

const clock = { now: () => Date.now(), sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(): Promise<{ farSide: FarSide; server: GatewayServer }> {
  const farSide = await startSandbox({ settings: mockSettings(), clock, http: null, journalPath: null });
  const server = await startGatewayServer(farSide, { port: 0 });
  open.push(server, farSide);
  await ask(server, "PUT", "/accounts/acc_1", { webhook_url: null, webhook_secret: webhookSecret });
  return { farSide, server };
}

const addresses = () => Object.values(networkInterfaces()).flatMap((found) => found ?? []);
const loopbackAddresses = (): string[] => addresses().flatMap((one) => (one.internal ? one.address : []));
/** A link-local one would need the name of its link. */
const outsideAddresses = (): string[] => addresses().flatMap((one) => (one.internal || one.address.startsWith("fe80") ? [] : one.address));

function from(
  { port }: GatewayServer,
  host: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host, path, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.on("error", reject);
    request.end();
  });
}

function ask(
  { port }: GatewayServer,
  method: string,
  path: string,
  body: unknown,
  timeoutMs = 5_000,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${apiKey}`, "sandbox-account": "acc_1" };
    const request = httpRequest({ port, host: "127.0.0.1", method, path, headers, agent: false, timeout: timeoutMs }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error("timed out")));
    request.on("error", reject);
    request.end(body === null ? undefined : JSON.stringify(body));
  });
}

const charge = (token: string) => ({ key: keyOf(1), amount: 700, currency: "INR", token });

describe("the gateway's server", () => {
  it("charges and sends a webhook", async () => {
    const { server } = await start();
    expect(await ask(server, "POST", "/charges", charge("tok_success"))).toMatchObject({
      status: 200,
      body: expect.stringContaining('"succeeded"') as string,
    });
    expect(await ask(server, "GET", "/journal", null)).toMatchObject({ body: expect.stringContaining('"captured":700') as string });
    expect(await ask(server, "GET", "/health", null)).toMatchObject({ status: 200 });
  });

  it.each<[string, string, number]>([
    ["tok_reset_after", "ECONNRESET", 700],
    ["tok_cut_after", "aborted", 700],
    ["tok_timeout_after", "timed out", 700],
    ["tok_reset_before", "ECONNRESET", 0],
    ["tok_timeout_before", "timed out", 0],
  ])("%s breaks the connection as named: %s", async (token, failure, taken) => {
    const { farSide, server } = await start();
    const failed = await ask(server, "POST", "/charges", charge(token), 100).catch(
      (error: NodeJS.ErrnoException) => `${error.code} ${error.message}`,
    );
    expect(failed).toContain(failure);
    await expect.poll(() => net(farSide.ledger, keyOf(1), clock.now())).toBe(taken);
  });

  it("refuses a body that is too large", async () => {
    const { server } = await start();
    expect(await ask(server, "POST", "/charges", { key: "x".repeat(70_000) })).toMatchObject({ status: 413 });
  });

  it.each<[string, string, string]>([
    ["what is no HTTP", "nonsense\r\n\r\n", "400"],
    ["a header that is too long", `GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}`, "431"],
    ["a request that never comes to its end", "POST /charges HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{", "408"],
    ["a header that never comes to its end", "GET / HTTP/1.1\r\nhost:", "408"],
    ["a body that is too large", `POST /charges HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\n\r\n${"x".repeat(70_000)}`, "413"],
  ])("ends the connection after %s, though the caller keeps their half of it open and sends on (F1)", async (_, bytes, status) => {
    const farSide = await startSandbox({ settings: mockSettings(), clock, http: null, journalPath: null });
    const server = await startGatewayServer(farSide, { port: 0, requestWithinMs: 200 });
    const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    const drip = setInterval(() => socket.write("x"), 50);
    open.push({ close: async () => clearInterval(drip) }, server, farSide);
    let heard = "";
    const closed = new Promise<string>((resolve) => socket.on("close", () => resolve(heard)));
    socket.on("error", () => undefined).on("data", (chunk) => (heard += String(chunk)));
    socket.write(bytes);
    expect(await closed).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it("shows its journal to its own machine only, however the path is written; the rest to everybody", async () => {
    const farSide = await startSandbox({ settings: mockSettings(), clock, http: null, journalPath: null });
    const inside = loopbackAddresses();
    const server = await startGatewayServer(farSide, { port: 0, host: inside.includes("::1") ? "::" : "0.0.0.0" });
    open.push(server, farSide);
    for (const host of inside) expect([host, (await from(server, host, "/journal")).status]).toEqual([host, 200]);
    // Our own address in the network: to the server its caller is no loopback, as any other machine.
    for (const host of outsideAddresses()) {
      for (const path of ["/journal", "/journal?a=1", "/journal/", "/journal/x", "*/journal", "*x/journal?a=1"]) {
        const { status, body } = await from(server, host, path);
        expect([path, status, body.includes("local_only")]).toEqual([path, 403, true]);
      }
      for (const path of ["//journal", "/x/journal", "/%6aournal", "/JOURNAL"]) {
        const { body } = await from(server, host, path);
        expect([path, body.includes('"data"')]).toEqual([path, false]);
      }
      expect((await from(server, host, "/health")).status).toBe(200);
    }
  });

  it.each<Record<string, string>>([{ "x-forwarded-for": "192.0.2.2" }, { forwarded: "for=192.0.2.2" }])(
    "shows its journal to nobody behind a proxy on its machine: %j",
    async (headers) => {
      const { server } = await start();
      expect(await from(server, "127.0.0.1", "/journal", headers)).toMatchObject({ status: 403 });
      expect(await from(server, "127.0.0.1", "/health", headers)).toMatchObject({ status: 200 });
    },
  );

  it("rejects if its port is taken", async () => {
    const { farSide, server } = await start();
    await expect(startGatewayServer(farSide, { port: server.port })).rejects.toThrow("EADDRINUSE");
  });
});
