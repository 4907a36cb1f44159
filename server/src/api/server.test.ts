/** What only a listening server shows: its end, its bounds, callers that are no HTTP clients or go away. */
import { once } from "node:events";
import { request as httpRequest, Agent, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPayment } from "../flows/payments/create.ts";
import type { Answer } from "../flows/idempotency.ts";
import { fakeApi, headers, merchant, type Fakes } from "./fakes.testing.ts";

vi.mock("../flows/payments/create.ts", () => ({ createPayment: vi.fn() }));
vi.mock("../flows/payments/operate.ts", () => ({ answeredBefore: vi.fn(async () => null) }));
const create = vi.mocked(createPayment);
const answer: Answer = { status: 201, body: "{}", replayed: false };

let fakes: Fakes;
let port: number;
/** Lets the creates that hang go on. */
let release: (() => void)[];

beforeEach(async () => {
  release = [];
  create.mockReset();
  create.mockImplementation(() => new Promise((resolve) => release.push(() => resolve(answer))));
  // A test key may have three quarters of the places: three.
  fakes = fakeApi({ deps: { maxInFlight: 4 } });
  await fakes.app.listen({ port: 0, host: "127.0.0.1" });
  port = (fakes.app.server.address() as AddressInfo).port;
});

afterEach(async () => {
  for (const each of release) each();
  await fakes.app.close();
});

const payload = JSON.stringify({ amount: 1, currency: "INR" });

interface Asked {
  readonly answered: Promise<IncomingMessage>;
  readonly leave: () => void;
}

function post(agent?: Agent): Asked {
  const outgoing = httpRequest({
    port,
    method: "POST",
    path: "/v1/payments",
    agent,
    headers: { ...headers, "content-type": "application/json" },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    outgoing.once("response", (incoming) => resolve(incoming.resume())).once("error", reject),
  );
  answered.catch(() => undefined);
  outgoing.end(payload);
  return { answered, leave: () => outgoing.destroy() };
}

function get(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) =>
    httpRequest({ port, path }, (incoming) => resolve(incoming.resume()))
      .once("error", reject)
      .end(),
  );
}

function exchange(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    connect(port, "127.0.0.1")
      .on("data", (chunk) => (received += chunk.toString()))
      .once("close", () => resolve(received))
      .once("error", reject)
      .write(text);
  });
}

const working = (count: number) => vi.waitFor(() => expect(create).toHaveBeenCalledTimes(count));
const requestLines = () => fakes.log.filter((line) => line.message === "request").map((line) => line.fields);

describe("work at once", () => {
  it("is bounded: one more is 503 with Retry-After, health still answers, and a place becomes free again", async () => {
    const first = [post(), post(), post()];
    await working(3);
    const refused = await post().answered;
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([503, "3"]);
    expect((await get("/health/live")).statusCode).toBe(200);
    for (const each of release) each();
    for (const each of first) expect((await each.answered).statusCode).toBe(201);
    const next = post();
    await working(4);
    release.at(-1)!();
    expect((await next.answered).statusCode).toBe(201);
  });

  it("counts until it is done, even if the caller has left", async () => {
    const gone = [post(), post(), post()];
    await working(3);
    for (const each of gone) each.leave();
    await vi.waitFor(() => expect(requestLines()).toHaveLength(3));
    expect((await post().answered).statusCode).toBe(503);
    for (const each of release) each();
    await vi.waitFor(async () => {
      const next = post();
      const started = create.mock.calls.length;
      await vi.waitFor(() => expect(create.mock.calls.length).toBeGreaterThan(started), { timeout: 500 });
      next.leave();
    });
  });
});

describe("the end", () => {
  it("waits for requests under way and takes no new connection", async () => {
    const under = post();
    await working(1);
    let closed = false;
    const closing = fakes.app.close().then(() => (closed = true));
    await vi.waitFor(() => expect(get("/health/live")).rejects.toThrow());
    expect(closed).toBe(false);
    release[0]!();
    const incoming = await under.answered;
    expect([incoming.statusCode, incoming.headers.connection]).toEqual([201, "close"]);
    await closing;
  });

  it("does not wait for idle connections", async () => {
    const agent = new Agent({ keepAlive: true });
    const first = post(agent);
    await working(1);
    release[0]!();
    await first.answered;
    await vi.waitFor(() => expect(Object.values(agent.freeSockets).flat()).toHaveLength(1));
    // Or it would take more than a minute: an idle connection is kept so long.
    await fakes.app.close();
    agent.destroy();
    expect(fakes.app.server.listening).toBe(false);
  });
});

describe("callers", () => {
  it("that speak no HTTP get 400 in our shape and a closed connection", async () => {
    const received = await exchange("HELLO\r\n\r\n");
    expect(received).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(received.slice(received.indexOf("\r\n\r\n")))).toMatchObject({ error: { type: "invalid_request_error" } });
  });

  it("with endless headers get 431", async () => {
    expect(await exchange(`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${"a".repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it("that leave are logged as such, once", async () => {
    const asked = post();
    await working(1);
    asked.leave();
    await vi.waitFor(() =>
      expect(requestLines()).toEqual([expect.objectContaining({ aborted: true, status: undefined, route: "/v1/payments" })]),
    );
    release[0]!();
  });

  it("are logged with route, status, duration and merchant, and nothing of what they sent", async () => {
    const asked = post();
    await working(1);
    release[0]!();
    await asked.answered;
    await vi.waitFor(() => expect(requestLines()).toHaveLength(1));
    const [line] = requestLines();
    expect(line).toMatchObject({
      method: "POST",
      route: "/v1/payments",
      status: 201,
      merchant_id: "mer_1",
      duration_ms: expect.any(Number),
    });
    expect(line).not.toHaveProperty("aborted", true);
    expect(JSON.stringify(fakes.log)).not.toMatch(/sk_test|pk_test|INR/);
  });
});

it("counts paths that cannot be decoded like every other request: they take no place forever", async () => {
  for (let n = 0; n < 10; n++) expect((await fakes.app.inject({ method: "GET", url: "/v1/%zz" })).statusCode).toBe(404);
  expect((await fakes.app.inject({ method: "GET", url: "/v1/payments" })).statusCode).toBe(401);
});

it("lets nobody take a place with a body that does not come", async () => {
  const head = "POST /v1/payments HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
  const slow = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.write(head);
      return socket;
    }),
  );
  expect((await fetch(`http://127.0.0.1:${port}/v1/payments`)).status).toBe(401);
  for (const socket of slow) socket.destroy();
});

it("keeps places for others: one merchant gets three quarters, and its error names its own load", async () => {
  // Eight places for a test key.
  const crowded = fakeApi({ deps: { maxInFlight: 10 } });
  const inject = () =>
    crowded.app.inject({ method: "POST", url: "/v1/payments", headers: { ...headers, "content-type": "application/json" }, payload });
  const waiting = Array.from({ length: 6 }, inject);
  await vi.waitFor(() => expect(create).toHaveBeenCalledTimes(6));
  const refused = await inject();
  expect([refused.statusCode, refused.json().error.code, refused.headers["retry-after"]]).toEqual([429, "rate_limited", "1"]);
  for (const each of release) each();
  await Promise.all(waiting);
  const after = inject();
  await vi.waitFor(() => expect(create).toHaveBeenCalledTimes(7));
  for (const each of release) each();
  expect((await after).statusCode).toBe(201);
  await crowded.app.close();
});

it("keeps places for a third merchant though two take all they may: each gets three quarters of what the others leave", async () => {
  // A hundred places for creates.
  const crowded = fakeApi({ deps: { maxInFlight: 125 } });
  for (const n of [2, 3, 4]) crowded.keys.set(`pk_${n} sk_${n}`, { ...merchant, merchantId: `mer_${n}` });
  const inject = async (n: number): Promise<number> => {
    const own = { "x-api-key": `pk_${n}`, "x-api-secret": `sk_${n}`, "content-type": "application/json" };
    return (await crowded.app.inject({ method: "POST", url: "/v1/payments", headers: own, payload })).statusCode;
  };
  const waiting: Promise<number>[] = [];
  const flood = async (n: number): Promise<number> => {
    const before = create.mock.calls.length;
    let refused = 0;
    for (let i = 0; i < 100; i++) waiting.push(inject(n).then((status) => (status === 429 && refused++, status)));
    await vi.waitFor(() => expect(refused + create.mock.calls.length - before).toBe(100));
    return 100 - refused;
  };
  expect([await flood(2), await flood(3)]).toEqual([75, 19]);
  const third = inject(4);
  await vi.waitFor(() => expect(create).toHaveBeenCalledTimes(75 + 19 + 1));
  for (const each of release) each();
  expect(await third).toBe(201);
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([201, 429]));
  await crowded.app.close();
});

it.each(["TRACE", "QUERY", "PROPFIND", "PUT", "DELETE"])("answers %s for a path with other methods with 405 (U12)", async (method) => {
  for (const rest of ["\r\n", "content-length: 2\r\ncontent-type: application/json\r\n\r\n{}"]) {
    if (method === "TRACE" && rest !== "\r\n") continue;
    const received = await exchange(`${method} /v1/payments HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${rest}`);
    expect(received).toMatch(/^HTTP\/1\.1 405 /);
    expect(received).toMatch(/^allow: GET, HEAD, POST\r$/im);
    expect(await exchange(`${method} /v1/nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${rest}`)).toMatch(/^HTTP\/1\.1 404 /);
  }
});
