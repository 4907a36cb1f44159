import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { adapter, closers, listen, OK, post, rawServer, serve } from "./servers.testing.ts";

describe("an answer", () => {
  it("comes with status, headers in small letters, and body", async () => {
    const port = await serve((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => response.writeHead(418, { "X-Seen": `${request.method} ${request.url}` }).end(body));
    });
    expect(await adapter().send(post(port))).toMatchObject({
      kind: "answer",
      status: 418,
      headers: { "x-seen": "POST /path?x=1" },
      body: '{"a":1}',
    });
  });

  it("that points elsewhere is not followed", async () => {
    let hits = 0;
    const port = await serve((_, response) => {
      hits += 1;
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    expect(await adapter().send(post(port))).toMatchObject({ kind: "answer", status: 302 });
    expect(hits).toBe(1);
  });
});

describe("an answer that bends the rules", () => {
  it.each([
    ["after 100 Continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"],
    ["with a head of 17 KB", `HTTP/1.1 200 OK\r\nx-long: ${"x".repeat(17_000)}\r\ncontent-length: 2\r\n\r\nok`],
    ["with the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"],
    ["with bare line feeds", "HTTP/1.1 200 OK\ncontent-length: 2\n\nok"],
  ])("%s is read, and the connection is used again (R4)", async (_how, answer) => {
    const seen: string[] = [];
    const sockets = new Set<Socket>();
    const port = await rawServer(seen, (socket) => {
      sockets.add(socket);
      socket.write(answer);
    });
    const http = adapter();
    for (const n of [1, 2, 3]) {
      expect(await http.send(post(port))).toMatchObject({ kind: "answer", status: 200, body: "ok" });
      expect(seen).toHaveLength(n);
    }
    expect(sockets.size).toBe(1);
  });
});

describe("a connection that ended while it was idle", () => {
  it("carries nothing: the request goes over another one, once", async () => {
    const seen: string[] = [];
    const sockets: Socket[] = [];
    const port = await rawServer(seen, (socket) => {
      sockets.push(socket);
      socket.write(OK);
    });
    const http = adapter();
    await http.send(post(port));
    await new Promise((resolve) => setTimeout(resolve, 60));
    sockets[0]!.destroy();
    await new Promise((resolve) => sockets[0]!.once("close", resolve));
    expect(await http.send(post(port))).toMatchObject({ kind: "answer" });
    expect(seen).toHaveLength(2);
  });
});

describe("not sent", () => {
  it("is a refused connection", async () => {
    const port = await serve(() => undefined);
    await closers.pop()!();
    expect(await adapter().send(post(port))).toMatchObject({ kind: "not_sent", reason: "ECONNREFUSED" });
  });

  it("is a name that does not resolve", async () => {
    expect(await adapter().send(post(1, { url: "http://no-such-host.invalid/" }))).toMatchObject({
      kind: "not_sent",
      reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) as string,
    });
  });

  it("is a URL or header that is none", async () => {
    expect(await adapter().send(post(1, { url: "not a url" }))).toMatchObject({ kind: "not_sent" });
    expect(await adapter().send(post(1, { url: "http://127.0.0.1:1/", headers: { "bad\nname": "x" } }))).toMatchObject({
      kind: "not_sent",
    });
  });

  it("is a certificate that nobody vouches for", async () => {
    const seen: string[] = [];
    const port = await listen(
      createTlsServer({ key: KEY, cert: CERT }, (request, response) => {
        seen.push(request.url ?? "");
        response.end("ok");
      }),
    );
    expect(await adapter().send(post(port, { url: `https://localhost:${port}/` }))).toMatchObject({
      kind: "not_sent",
      reason: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    expect(await adapter({ ca: CERT }).send(post(port, { url: `https://wrong.localhost:${port}/` }))).not.toMatchObject({ kind: "answer" });
    expect(seen).toEqual([]);
    expect(await adapter({ ca: CERT }).send(post(port, { url: `https://localhost:${port}/` }))).toMatchObject({
      kind: "answer",
      body: "ok",
    });
  });

  it("is a request that found no free connection in time, and it never leaves afterwards", async () => {
    const seen: string[] = [];
    let held: Socket | null = null;
    const port = await rawServer(seen, (socket) => (held = socket));
    const http = adapter({ connectionsMax: 1 });
    const first = http.send(post(port));
    await expect.poll(() => seen.length).toBe(1);
    expect(await http.send(post(port, { totalTimeoutMs: 50 }))).toMatchObject({ kind: "not_sent", reason: "timeout before it was sent" });
    held!.write(OK);
    expect(await first).toMatchObject({ kind: "answer" });
    const third = http.send(post(port, { body: '{"third":1}' }));
    await expect.poll(() => seen.length).toBe(2);
    expect(seen[1]).toContain("third");
    held!.write(OK);
    await third;
  });
});

describe("an adapter that was closed", () => {
  it("says of each request whether it had left: one on the wire is unknown, one that waits or is about to leave was not sent", async () => {
    const seen: string[] = [];
    const port = await rawServer(seen, (socket, n) => n === 1 && socket.write(OK));
    const http = adapter({ connectionsMax: 1 });
    await http.send(post(port));
    // An idle connection is looked at once more before it carries the next request, so that request is not written yet.
    await new Promise((resolve) => setTimeout(resolve, 60));
    const leaving = [http.send(post(port)), http.send(post(port))];
    await http.close();
    expect(await Promise.all(leaving)).toMatchObject(Array(2).fill({ kind: "not_sent", reason: "closed" }));
    const left = http.send(post(port));
    await expect.poll(() => seen.length).toBe(2);
    await http.close();
    expect(await left).toMatchObject({ kind: "unknown", reason: "closed" });
    expect(seen).toHaveLength(2);
  });

  it("keeps its bound of connections when an older one fails to connect afterwards", async () => {
    const seen: string[] = [];
    let held: Socket | null = null;
    const port = await rawServer(seen, (socket) => (held = socket));
    const failing: ((error: Error) => void)[] = [];
    const isFirst = () => failing.length === 0;
    const resolve = () => (isFirst() ? new Promise<string[]>((_, reject) => failing.push(reject)) : Promise.resolve(["127.0.0.1"]));
    const http = adapter({ connectionsMax: 1, resolve });
    const url = `http://gateway.example:${port}/`;
    const before = http.send(post(port, { url }));
    await http.close();
    expect(await before).toMatchObject({ kind: "not_sent" });
    const during = http.send(post(port, { url }));
    await expect.poll(() => seen.length).toBe(1);
    failing[0]!(new Error("no such name"));
    await new Promise(setImmediate);
    expect(await http.send(post(port, { url, totalTimeoutMs: 50 }))).toMatchObject({ kind: "not_sent" });
    expect(seen).toHaveLength(1);
    held!.write(OK);
    expect(await during).toMatchObject({ kind: "answer" });
  });
});

describe("a request that must not leave after a time", () => {
  it("leaves before it and not after it, even if it waited for a connection", async () => {
    const seen: string[] = [];
    let held: Socket | null = null;
    let now = 1_000;
    const port = await rawServer(seen, (socket) => (held = socket));
    const http = adapter({ connectionsMax: 1, now: () => now });
    const first = http.send(post(port, { notAfter: 1_000 }));
    await expect.poll(() => seen.length).toBe(1);
    const second = http.send(post(port, { notAfter: 1_000 }));
    now = 1_001;
    held!.write(OK);
    expect(await first).toMatchObject({ kind: "answer" });
    expect(await second).toMatchObject({ kind: "not_sent", reason: "too late to send" });
    expect(await http.send(post(port, { notAfter: 1_000 }))).toMatchObject({ kind: "not_sent", reason: "too late to send" });
    expect(seen).toHaveLength(1);
  });
});

describe("unknown", () => {
  it.each<[string, (socket: Socket) => void]>([
    ["a connection that is reset after the request", (socket) => socket.resetAndDestroy()],
    ["a connection that is closed without an answer", (socket) => socket.end()],
    ["a body that is cut", (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")],
    ["a chunked body that is cut", (socket) => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel")],
    ["an answer that is no HTTP", (socket) => socket.end("SSH-2.0-banner\r\n\r\n")],
  ])("is %s, and the request is sent once", async (_, misbehave) => {
    const seen: string[] = [];
    const port = await rawServer(seen, misbehave);
    expect(await adapter().send(post(port))).toMatchObject({ kind: "unknown" });
    expect(seen).toHaveLength(1);
  });

  it("is an answer that does not come in time", async () => {
    const port = await serve(() => undefined);
    const result = await adapter().send(post(port, { totalTimeoutMs: 400 }));
    expect(result).toMatchObject({ kind: "unknown", reason: "timeout" });
    expect(result.durationMs).toBeGreaterThanOrEqual(395);
  });

  it("is a body that does not end in time", async () => {
    const port = await serve((_, response) => void response.writeHead(200).write("begin"));
    expect(await adapter().send(post(port, { totalTimeoutMs: 400 }))).toMatchObject({ kind: "unknown", reason: "timeout" });
  });

  it("is an answer that is too large", async () => {
    const port = await serve((_, response) => response.end("x".repeat(1_001)));
    expect(await adapter().send(post(port))).toMatchObject({ kind: "unknown", reason: "answer too large" });
    const fits = await serve((_, response) => response.end("x".repeat(1_000)));
    expect(await adapter().send(post(fits))).toMatchObject({ kind: "answer" });
  });

  it.each(["POST", "GET"] as const)(
    "is a kept-alive connection that is reset after a %s was written; nobody sends it again",
    async (method) => {
      const seen: string[] = [];
      const port = await rawServer(seen, (socket, n) => (n === 1 ? void socket.write(OK) : void socket.resetAndDestroy()));
      const http = adapter({ connectionsMax: 1 });
      const request = post(port, { method, body: method === "GET" ? null : "{}" });
      expect(await http.send(request)).toMatchObject({ kind: "answer" });
      expect(await http.send(request)).toMatchObject({ kind: "unknown" });
      // A third request uses the pool again: whatever the agent had kept back would arrive before it.
      expect(await http.send(request)).toMatchObject({ kind: "unknown" });
      expect(seen).toHaveLength(3);
    },
  );
});

// For a server on loopback in these tests only: signed by itself, good for a hundred years.
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXHrevwpaJsFD0qci
0b793YEI4sQYMK0rESmL8rMRityhRANCAAR9KHgIdvU9u1EjsIm2QYUmSS32b+7r
weQLGzE2djxTKzXag274ZzPhnJayhUXsH4GVVK5J+cxM6DNUsyXO1xzE
-----END PRIVATE KEY-----`;
const CERT = `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUfWMqhTkCvi1zAKInwBLHtnX4rjswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA0MDkxOFoYDzIxMjYxMDI4
MDQwOTE4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR9KHgIdvU9u1EjsIm2QYUmSS32b+7rweQLGzE2djxTKzXag274ZzPh
nJayhUXsH4GVVK5J+cxM6DNUsyXO1xzEo2kwZzAdBgNVHQ4EFgQUbpfxGs8tYaA4
ry97v4Urf4Hz8ugwHwYDVR0jBBgwFoAUbpfxGs8tYaA4ry97v4Urf4Hz8ugwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhANNVsQr991Ez1xV24gn9CWc7RpMHrtW3hXos8s0NadevAiAEPznH2Ryv
0z1fcPzs7zbwG1fAngFss9YJVWGex6bIuA==
-----END CERTIFICATE-----`;
