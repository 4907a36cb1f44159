import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { HttpPort, HttpRequest } from "../ports.ts";
import { key, open } from "./counter.testing.ts";

describe("faults", () => {
  it("have their effect first, and are planned by path", async () => {
    const { far, ask, get, orderOf, pay } = open();
    const order = await orderOf({ receipt: "r-1" });
    await ask("POST", "/_faults", { path: "/payments/create", fault: "reset-after" });
    expect(await pay(order)).toMatchObject({ connection: "reset" });
    expect(far.taken("r-1")).toBe(4_500);
    await ask("POST", "/_faults", { path: "/orders", fault: "throttled", times: 2 });
    for (const status of [429, 429, 200]) expect((await get("/orders")).status).toBe(status);
    await ask("POST", "/_faults", { path: "/orders", fault: "none", delay_ms: 700 });
    expect((await get("/orders")).delayMs).toBe(700);
    expect((await ask("POST", "/_faults", { fault: "no-such" })).json).toMatchObject({
      error: { description: expect.stringContaining("timeout-after") as string },
    });
    const { json } = await ask("GET", "/_books");
    expect(json["calls"]).toContainEqual({
      method: "POST",
      path: "/v1/payments/create/json",
      status: 200,
      fault: "reset-after",
      connection: "reset",
    });
    expect(json["payments"]).toMatchObject([{ receipt: "r-1", status: "captured", captured: 4_500, refunded: 0 }]);
  });

  it("speak as Razorpay does", async () => {
    const { far } = open();
    const reply = await far.handle({ method: "GET", path: "/v1/orders", headers: { authorization: key() }, body: null }, "error-after");
    expect([reply.status, JSON.parse(reply.body)]).toMatchObject([500, { error: { code: "SERVER_ERROR" } }]);
  });

  it("move a payment as a bank or a shopper would", async () => {
    const { ask, orderOf, pay, get } = open();
    const act = async (id: string, name: string) => (await ask("POST", `/_payments/${id}/${name}`, {})).json["status"] as string;
    const id = (await pay(await orderOf(), { token: "token_VisaSuccess" })).json["razorpay_payment_id"] as string;
    expect([await act(id, "fail"), await act(id, "authorize")]).toEqual(["failed", "captured"]);
    const held = (await pay(await orderOf({ payment: { capture: "manual" } }))).json["razorpay_payment_id"] as string;
    expect(await act(held, "lapse")).toBe("refunded");
    expect((await get(`/payments/${held}`)).json).toMatchObject({ captured: false });
    expect(await act(held, "explode")).toBeUndefined();
  });
});

describe("webhooks", () => {
  async function hooked() {
    const got: { event: string; id: string; request: HttpRequest }[] = [];
    let status = 200;
    const http: HttpPort = {
      send: (request) => {
        const { event } = JSON.parse(request.body!) as { event: string };
        got.push({ event, id: request.headers["x-razorpay-event-id"]!, request });
        return Promise.resolve({ kind: "answer", status, headers: {}, body: "", durationMs: 1 });
      },
    };
    const bench = open({ http });
    const set = (fields: object) => bench.ask("POST", "/_webhooks", fields);
    await set({ key_id: "rzp_test_one", key_secret: "secret", url: "http://us.test/hook", secret: "hook" });
    return { ...bench, got, set, answer: (next: number) => void (status = next) };
  }
  const sale = ["payment.authorized", "payment.captured", "order.paid"];

  it("are signed over their raw bytes, each with an id of its own", async () => {
    const { far, clock, got, orderOf, pay } = await hooked();
    await pay(await orderOf());
    await clock.advance(1_000);
    expect(got.map(({ event }) => event)).toEqual(sale);
    for (const { request } of got)
      expect(request.headers["x-razorpay-signature"]).toBe(createHmac("sha256", "hook").update(request.body!).digest("hex"));
    expect(new Set(got.map(({ id }) => id)).size).toBe(3);
    await far.close();
  });

  it.each<[string, object, string[]]>([
    ["lost", { mode: "drop" }, []],
    ["doubled", { mode: "twice" }, sale.flatMap((event) => [event, event])],
  ])("may be %s", async (_, mode, events) => {
    const { far, clock, got, set, orderOf, pay } = await hooked();
    await set(mode);
    await pay(await orderOf());
    await clock.advance(1_000);
    expect(got.map(({ event }) => event)).toEqual(events);
    await far.close();
  });

  it("may be held, and go in another order, twice", async () => {
    const { far, clock, got, set, ask, orderOf, pay } = await hooked();
    await set({ mode: "hold" });
    await pay(await orderOf());
    await clock.advance(60_000);
    expect(got).toEqual([]);
    await ask("POST", "/_webhooks/release", { order: "reversed", twice: true });
    await clock.advance(2_000);
    expect(got.map(({ event }) => event)).toEqual(sale.toReversed().flatMap((event) => [event, event]));
    await far.close();
  });

  it("may be late, and come again if they are refused", async () => {
    const { far, clock, got, set, answer, orderOf, pay } = await hooked();
    await set({ delay_ms: 30_000 });
    answer(500);
    await pay(await orderOf());
    await clock.advance(29_000);
    expect(got).toEqual([]);
    await clock.advance(2_000);
    expect(got).toHaveLength(3);
    answer(200);
    await clock.advance(10_000);
    expect(got).toHaveLength(6);
    expect(got[3]!.id).toBe(got[0]!.id);
    await far.close();
  });

  it("are told of what happens by itself", async () => {
    const { far, clock, got, orderOf, pay } = await hooked();
    await pay(await orderOf({ payment: { capture: "manual", capture_options: { manual_expiry_period: 12 } } }));
    await clock.advance(721_000);
    expect(got.map(({ event }) => event)).toEqual(["payment.authorized", "refund.created", "refund.processed"]);
    await far.close();
  });
});
