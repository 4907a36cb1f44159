import { describe, expect, it, vi } from "vitest";
import { LANE_LIMIT_ENDPOINT } from "../../core/constants.ts";
import { eventEnvelope } from "../../core/represent.ts";
import { aMessage, channel, receiver, type Behaviour } from "./receiver.testing.ts";
import { plainSignature, standardSignature } from "./sign.ts";

const answering =
  (status: number, headers: Record<string, string> = {}, body = ""): Behaviour =>
  (response) =>
    response.writeHead(status, headers).end(body);

describe("a webhook", () => {
  it("arrives as the event's envelope, signed twice, and a 200 is success", async () => {
    const merchant = await receiver(answering(200, {}, "thanks"));
    const message = aMessage(merchant.url);
    const result = await channel().send(message);

    expect(result).toEqual({
      ok: true,
      statusCode: 200,
      response: "thanks",
      error: null,
      durationMs: expect.any(Number),
      retryAfterMs: null,
      gone: false,
    });
    const [got] = merchant.received;
    expect(got!.body.toString()).toBe(eventEnvelope(message.event));
    expect(JSON.parse(got!.body.toString())).toMatchObject({
      id: "evt_1",
      type: "payment.succeeded",
      data: { id: "pay_1", description: "Zoë ₹" },
    });
    expect(got!.headers).toMatchObject({
      "content-type": "application/json",
      "content-length": String(got!.body.length),
      "user-agent": "Tillway/1.2.3",
      "webhook-id": "evt_1",
      "webhook-timestamp": "1763640000",
      "webhook-signature": standardSignature(message.endpoint.secret, { id: "evt_1", timestamp: "1763640000", body: got!.body }),
      "x-webhook-signature": plainSignature(message.endpoint.secret, got!.body),
    });
  });

  it("has the merchant's own headers, which never replace ours", async () => {
    const merchant = await receiver(answering(200));
    const message = aMessage(merchant.url);
    const headers = { Authorization: "Bearer t0ken", "webhook-id": "evt_other", "content-type": "text/plain" };
    await channel().send({ ...message, endpoint: { ...message.endpoint, headers } });
    expect(merchant.received[0]!.headers).toMatchObject({
      authorization: "Bearer t0ken",
      "webhook-id": message.event.id,
      "content-type": "application/json",
    });
  });

  it("waits for no other endpoint, though that one has the same host and never answers", async () => {
    const merchant = await receiver((response, { url }) => {
      if (url === "/healthy") response.writeHead(200).end();
    });
    const out = channel({ limits: { totalTimeoutMs: 60_000 } });
    const to = (id: string) => {
      const message = aMessage(new URL(`/${id}`, merchant.url).href);
      return out.send({ ...message, endpoint: { ...message.endpoint, id } });
    };
    const stuck = Array.from({ length: LANE_LIMIT_ENDPOINT }, () => to("stuck"));
    await vi.waitFor(() => expect(merchant.received).toHaveLength(LANE_LIMIT_ENDPOINT), { timeout: 10_000 });
    expect(await to("healthy")).toMatchObject({ ok: true, statusCode: 200 });
    await out.close();
    expect(await Promise.all(stuck)).toHaveLength(LANE_LIMIT_ENDPOINT);
  });

  it("has the same bytes and id at every try, and the time of the try", async () => {
    const merchant = await receiver(answering(500));
    const out = channel();
    for (const now of [1_763_640_000_000, 1_763_640_060_000, 1_763_640_360_000]) await out.send(aMessage(merchant.url, { now }));

    expect(new Set(merchant.received.map((got) => got.body.toString("hex"))).size).toBe(1);
    expect(new Set(merchant.received.map((got) => got.headers["webhook-id"])).size).toBe(1);
    expect(merchant.received.map((got) => got.headers["webhook-timestamp"])).toEqual(["1763640000", "1763640060", "1763640360"]);
    expect(new Set(merchant.received.map((got) => got.headers["webhook-signature"])).size).toBe(3);
  });

  it("keeps path and query of the endpoint's URL", async () => {
    const merchant = await receiver(answering(204));
    await channel().send(aMessage(`${merchant.url}/a%20b?x=1&y=%2F#part`));
    expect(merchant.received[0]!.path).toBe("/hook/a%20b?x=1&y=%2F");
  });

  it.each([200, 201, 202, 204])("is delivered with a %d", async (status) => {
    const merchant = await receiver(answering(status));
    expect(await channel().send(aMessage(merchant.url))).toMatchObject({ ok: true, statusCode: status, error: null });
  });

  it.each([400, 401, 404, 500, 503])("is not delivered with a %d", async (status) => {
    const merchant = await receiver(answering(status, {}, "no"));
    expect(await channel().send(aMessage(merchant.url))).toMatchObject({
      ok: false,
      statusCode: status,
      response: "no",
      error: null,
      gone: false,
    });
  });

  it("is not wanted any more after a 410", async () => {
    const merchant = await receiver(answering(410));
    expect(await channel().send(aMessage(merchant.url))).toMatchObject({ ok: false, statusCode: 410, gone: true });
  });

  it("is sent again when a 503 asks for it by its own clock, though that is an hour ahead (R13)", async () => {
    const merchant = await receiver(
      answering(503, { date: "Thu, 20 Nov 2025 13:00:00 GMT", "retry-after": "Thu, 20 Nov 2025 13:00:30 GMT" }),
    );
    const result = await channel().send(aMessage(merchant.url, { now: Date.UTC(2025, 10, 20, 12, 0, 0) }));
    expect(result).toMatchObject({ ok: false, statusCode: 503, retryAfterMs: 30_000 });
  });

  it.each([
    ["seconds", "7"],
    ["a date", "Thu, 20 Nov 2025 12:00:07 GMT"],
  ])("waits as long as a 429 asks in %s", async (_form, header) => {
    const merchant = await receiver(answering(429, { date: "Thu, 20 Nov 2025 12:00:00 GMT", "retry-after": header }));
    const result = await channel().send(aMessage(merchant.url, { now: Date.UTC(2025, 10, 20, 12, 0, 0) }));
    expect(result).toMatchObject({ ok: false, statusCode: 429, retryAfterMs: 7_000 });
  });
});

describe("connections", () => {
  it("are kept and used again, and never more than 32 to one origin", async () => {
    const waiting: (() => void)[] = [];
    const merchant = await receiver((response) => waiting.push(() => response.end()));
    const out = channel();
    const sends = Array.from({ length: 100 }, () => out.send(aMessage(merchant.url)));
    await vi.waitFor(() => expect(waiting.length).toBe(32));
    let answered = 0;
    while (answered < 100) {
      await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0));
      for (const answer of waiting.splice(0)) {
        answer();
        answered += 1;
      }
    }
    expect((await Promise.all(sends)).every((result) => result.ok)).toBe(true);
    expect(merchant.connections()).toBe(32);
  });

  it("that the receiver closed while they were idle cost no try, and nothing is sent twice (U14)", async () => {
    const merchant = await receiver(answering(200));
    const out = channel();
    expect((await out.send(aMessage(merchant.url))).ok).toBe(true);
    merchant.cutConnections();
    await vi.waitFor(() => expect(merchant.openSockets()).toBe(0));
    expect((await out.send(aMessage(merchant.url))).ok).toBe(true);
    expect(merchant.received).toHaveLength(2);
  });

  it("that the receiver closes as it gets the next request cost that try: it may have arrived (U14)", async () => {
    const merchant = await receiver((response, request, n) => (n === 2 ? request.socket.destroy() : response.end()));
    const out = channel();
    expect((await out.send(aMessage(merchant.url))).ok).toBe(true);
    expect(await out.send(aMessage(merchant.url))).toMatchObject({ ok: false, error: "reset" });
    expect(merchant.received).toHaveLength(2);
  });

  it("to localhost reach a receiver that listens on ::1 only (U15)", async () => {
    // Systems choose ports from 32768 up, for each address apart, and other tests from 20000 to 31999: there, 127.0.0.1 may be somebody else's server.
    const portOfNoOther = 32_000 + (process.pid % 768);
    const merchant = await receiver(answering(200), "::1", portOfNoOther);
    expect(await channel().send(aMessage(`http://localhost:${merchant.port}/hook`))).toMatchObject({ ok: true });
    expect(merchant.received[0]!.headers.host).toBe(`localhost:${merchant.port}`);
  });

  it("are closed when they were idle for long enough", async () => {
    const merchant = await receiver(answering(200));
    const out = channel({ limits: { idleMs: 20 } });
    await out.send(aMessage(merchant.url));
    await vi.waitFor(() => expect(merchant.openSockets()).toBe(0));
    expect((await out.send(aMessage(merchant.url))).ok).toBe(true);
    expect(merchant.connections()).toBe(2);
  });

  it("are all closed by close", async () => {
    const merchant = await receiver(() => {});
    const out = channel();
    const sent = out.send(aMessage(merchant.url));
    await vi.waitFor(() => expect(merchant.received).toHaveLength(1));
    await out.close();
    expect(await sent).toMatchObject({ ok: false, statusCode: null });
    await vi.waitFor(() => expect(merchant.openSockets()).toBe(0));
  });
});
