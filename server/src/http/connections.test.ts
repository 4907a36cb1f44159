import { once } from "node:events";
import { request, Agent } from "node:http";
import { connect, Socket, type AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeApi, headers, type Fakes } from "../api/fakes.testing.ts";
import { connectionsMax } from "./request-frame.ts";

const table = (openFiles: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max open files            ${openFiles.padEnd(20)} 1048576              files
`;

it.each([
  ["1024", 512],
  ["20000", 10_000],
  ["unlimited", Number.POSITIVE_INFINITY],
])("of %s files callers get %s", (openFiles, most) => {
  expect(connectionsMax(table(openFiles))).toBe(most);
});

it("has no bound if the system reports no limit of files", () => {
  expect(connectionsMax("")).toBe(Number.POSITIVE_INFINITY);
});

it.runIf(process.platform === "linux")("has a bound on Linux, and leaves descriptors for everything else", () => {
  expect(connectionsMax()).toBeGreaterThan(0);
  expect(connectionsMax()).toBeLessThan(Number.POSITIVE_INFINITY);
});

const sockets: Socket[] = [];
let fakes: Fakes;
let port: number;
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await fakes?.app.close();
});

async function listening(deps: Parameters<typeof fakeApi>[0] = {}): Promise<void> {
  fakes = fakeApi(deps);
  await fakes.app.listen({ port: 0, host: "127.0.0.1" });
  port = (fakes.app.server.address() as AddressInfo).port;
}

/** A caller that never ends its half of the connection. */
async function open(): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

const openAtServer = (): Promise<number> => new Promise((resolve) => fakes.app.server.getConnections((_error, count) => resolve(count)));
const isEnded = (socket: Socket): boolean => socket.destroyed || socket.readableEnded;
const withKey = (path: string, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) =>
    request({ port, path, agent, headers }, (answer) => resolve((answer.resume(), answer.statusCode!)))
      .once("error", reject)
      .end(),
  );
const page = { rows: [], hasMore: false };

describe("callers without a key", () => {
  it("keep nobody out, however many send a byte now and then (F1)", async () => {
    await listening({ deps: { maxConnections: 20 }, reads: { payments: async () => page } });
    const slow: Socket[] = [];
    for (let n = 0; n < 220; n++) {
      slow.push(await open());
      slow[n]!.write("POST /v1/payments HTTP/1.1\r\nhost: x\r\n");
      if (n % 10 === 0) for (const socket of slow) if (socket.writable) socket.write("x");
      if (n % 20 === 0) expect(await withKey("/v1/payments", new Agent())).toBe(200);
    }
    expect(await openAtServer()).toBeLessThanOrEqual(21);
    const warning = expect.objectContaining({ level: "warn", fields: { closed: expect.any(Number) } });
    await vi.waitFor(() => expect(fakes.log).toContainEqual(warning), { timeout: 4_000 });
  });

  it("take no connection from under a request of a caller with a key, nor those that it keeps for the next (F1)", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<typeof page>((resolve) => (release = () => resolve(page)));
    await listening({ deps: { maxConnections: 4 }, reads: { payments: () => held, cases: async () => page } });
    const [agent, other] = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })];
    expect(await withKey("/v1/cases", agent)).toBe(200);
    const [kept] = Object.values(agent.freeSockets).flat();
    const waiting = withKey("/v1/payments", other);
    await vi.waitFor(async () => expect(await openAtServer()).toBe(2));
    for (let n = 0; n < 50; n++) await open();
    expect(kept!.destroyed).toBe(false);
    release();
    expect(await waiting).toBe(200);
    expect(await withKey("/v1/cases", agent)).toBe(200);
    for (const each of [agent, other]) each.destroy();
  });

  it("get places that callers with a key leave idle: a new caller is let in though all are taken (F1)", async () => {
    await listening({ deps: { maxConnections: 4 }, reads: { cases: async () => page } });
    const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true }));
    for (const agent of agents) expect(await withKey("/v1/cases", agent)).toBe(200);
    expect(await withKey("/v1/cases", new Agent())).toBe(200);
    for (const agent of agents) agent.destroy();
  });
});

describe("a connection that was answered and is to end", () => {
  it.each<[status: number, what: string, sent: string]>([
    [400, "no HTTP", "HELLO\r\n\r\n"],
    [400, "a body length that is no number", "POST /v1/payments HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n"],
    [431, "endless headers", `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${"a".repeat(100_000)}`],
    [401, "a body without a key", "POST /v1/payments HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"],
    [404, "a body for no route", "POST /v1/nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"],
    [405, "a body for another method", "PUT /v1/payments HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"],
    [
      413,
      "a body that is too large",
      `POST /v1/payments HTTP/1.1\r\nhost: x\r\nx-api-key: pk_test_1\r\nx-api-secret: sk_test_1\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n${" ".repeat(70_000)}`,
    ],
    [200, "the wish to close", "GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"],
  ])("ends after %d for %s, also if the caller keeps its half open and sends on (F1)", async (status, _what, sent) => {
    await listening();
    const socket = await open();
    let received = "";
    socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
    socket.write(sent);
    const dribble = setInterval(() => socket.writable && socket.write(" "), 50);
    try {
      await vi.waitFor(
        async () => expect([received.slice(9, 12), isEnded(socket), await openAtServer()]).toEqual([String(status), true, 0]),
        {
          timeout: 4_000,
        },
      );
    } finally {
      clearInterval(dribble);
    }
  });

  it("ends after 408 (F1)", async () => {
    await listening();
    const atServer = once(fakes.app.server, "connection") as Promise<[Socket]>;
    const socket = await open();
    socket.write("POST /v1/payments HTTP/1.1\r\nhost");
    // Node's own answer to a head that does not come.
    fakes.app.server.emit("clientError", Object.assign(new Error("late"), { code: "ERR_HTTP_REQUEST_TIMEOUT" }), (await atServer)[0]);
    const [chunk] = (await once(socket, "data")) as [Buffer];
    expect(chunk.toString()).toMatch(/^HTTP\/1\.1 408 /);
    await vi.waitFor(async () => expect(await openAtServer()).toBe(0), { timeout: 4_000 });
  });

  it("lets a caller that is still sending read its answer", async () => {
    await listening();
    const asked = request({
      port,
      method: "POST",
      path: "/v1/payments",
      headers: { ...headers, "content-type": "application/json", "content-length": 10_000_000 },
    });
    const answered = once(asked, "response") as Promise<[{ statusCode: number }]>;
    asked.write(Buffer.alloc(5_000_000, " "));
    expect((await answered)[0].statusCode).toBe(413);
    asked.on("error", () => undefined).destroy();
  });
});

it("logs once a second how many were closed, and nothing if none was", async () => {
  await listening({ deps: { maxConnections: 2 } });
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  try {
    const come = (count: number): void => Array.from({ length: count }).forEach(() => fakes.app.server.emit("connection", new Socket()));
    come(2);
    vi.advanceTimersByTime(10_000);
    expect(fakes.log).toEqual([]);
    come(3);
    vi.advanceTimersByTime(999);
    come(2);
    expect(fakes.log).toEqual([]);
    vi.advanceTimersByTime(10_000);
    come(1);
    vi.advanceTimersByTime(1_000);
    expect(fakes.log).toMatchObject([
      { level: "warn", fields: { closed: 5 } },
      { level: "warn", fields: { closed: 1 } },
    ]);
  } finally {
    vi.useRealTimers();
  }
});
