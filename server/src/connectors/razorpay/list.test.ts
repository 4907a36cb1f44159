import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../sandbox/src/desk.testing.ts";
import type { Listed, ListReply } from "../../core/ports/connector.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import { anAccount } from "../../core/rows.testing.ts";
import { bench, KEY, orders, paid, payments, type Bench } from "./bench.testing.ts";
import { createRazorpayConnector } from "./connector.ts";

const second = 1_800_000_000;
const query = { from: second * 1_000 - 500, before: second * 1_000 + 1_500, cursor: null };
const account = anAccount(1, { connector: "razorpay", credentials: { key_id: "rzp_test_1", key_secret: "secret" } });
const ours = { tillway_key: KEY, tillway_account: account.id };
const others = { tillway_key: "key-0000000002", tillway_account: "acc_other" };
const lost: HttpResult = { kind: "unknown", reason: "timeout", durationMs: 1 };

function answer(status: number, body: unknown): HttpResult {
  return { kind: "answer", status, headers: {}, body: typeof body === "string" ? body : JSON.stringify(body), durationMs: 1 };
}
const items = (...entities: readonly object[]): HttpResult =>
  answer(200, { entity: "collection", count: entities.length, items: entities });

function aPayment(given: object = {}): object {
  const money = { amount: 4_500, currency: "INR", status: "captured", captured: true };
  return { id: "pay_1", entity: "payment", order_id: "order_1", ...money, notes: ours, created_at: second, ...given };
}
function aRefund(given: object = {}): object {
  const money = { amount: 1_000, currency: "INR", status: "processed", payment_id: "pay_1" };
  return { id: "rfnd_1", entity: "refund", ...money, notes: ours, created_at: second, ...given };
}

/** A Razorpay that gives these answers one after the other. */
function saying(...answers: readonly HttpResult[]) {
  const asked: string[] = [];
  const clock = { ...manualClock(), now: () => second * 1_000 };
  const http = { send: async ({ url }: { url: string }) => answers[asked.push(url.replace("http://razorpay.test/v1/", "")) - 1]! };
  const connector = createRazorpayConnector({ http, baseUrl: "http://razorpay.test", clock });
  return { asked, connector, list: (cursor: string | null = null) => connector.list!(account, { ...query, cursor }) };
}

function entriesOf(reply: ListReply): readonly Listed[] {
  if (!reply.ok) throw new Error(reply.reason);
  return reply.entries;
}

describe("Razorpay's list", () => {
  const of = async (...entities: readonly object[]) => entriesOf(await saying(items(...entities)).list());
  const refundsOf = async (...answers: readonly HttpResult[]) => entriesOf(await saying(...answers).list(`refunds:${second + 2}:0`));

  it("asks for whole seconds that hold the span, first the payments and then the refunds", async () => {
    const { asked, list } = saying(items(aPayment()), items());
    const first = await list();
    expect(first).toMatchObject({ ok: true, cursor: expect.stringMatching(/^refunds:/) });
    expect(await list(first.ok ? first.cursor : null)).toEqual({ ok: true, entries: [], cursor: null });
    const span = `from=${second - 1}&to=${second + 2}`;
    expect(asked).toEqual([`payments?${span}&count=100&skip=0`, `refunds?${span}&count=25&skip=0`]);
  });

  it("begins with the refunds if nothing else is wanted, and no earlier than Razorpay takes a time", async () => {
    const { asked, connector } = saying(items());
    expect(await connector.list!(account, { from: -5, before: 5, cursor: null, only: "refunds" })).toMatchObject({ cursor: null });
    expect(asked).toEqual(["refunds?from=946684800&to=946684800&count=25&skip=0"]);
  });

  it("goes on by time, and counts places only while seconds are fuller than a page", async () => {
    const page = (createdAt: number): HttpResult =>
      items(...Array.from({ length: 100 }, (_, n) => aPayment({ id: `pay_${n}`, order_id: `order_${n}`, created_at: createdAt })));
    const { asked, list } = saying(page(second), page(second), page(second), page(second - 1), items());
    let cursor: string | null = null;
    for (let n = 0; n < 5; n++) {
      const reply: ListReply = await list(cursor);
      cursor = reply.ok ? reply.cursor : null;
    }
    const places = asked.map((path) => path.replace(/.*&to=(\d+)&count=100&skip=(\d+)/, (_, to, skip) => `${Number(to) - second} ${skip}`));
    expect(places).toEqual(["2 0", "1 0", "1 100", "1 200", "0 0"]);
  });

  const failed = { status: "failed", captured: false, error_reason: "insufficient_funds" };
  const held = { status: "authorized", captured: false };
  it.each<[string, object[], object]>([
    ["what was taken, whatever failed beside it", [failed, {}], { kind: "succeeded", figures: { amount: 4_500, currency: "INR" } }],
    ["what is held before what failed", [{ ...held, notes: { ...ours, tillway_capture: "manual" } }, failed], { kind: "authorized" }],
    ["what is still captured by itself as under way", [held], { kind: "pending" }],
    ["what waits before what failed", [failed, { status: "created", captured: false }], { kind: "pending" }],
    ["the newest of failures", [{ ...failed, error_reason: "card_declined" }, failed], { kind: "declined", declineCode: "card_declined" }],
    ["a hold that has lapsed", [{ status: "refunded", captured: false }], { kind: "canceled" }],
    ["a word that nobody documented as under way", [{ status: "levitating" }], { kind: "pending" }],
  ])("merges the payments of an order into one charge, and shows %s", async (_, given, outcome) => {
    const listed = await of(...given.map((one, n) => aPayment({ ...one, id: `pay_${n}`, created_at: second - n })));
    expect(listed).toMatchObject([{ operation: "charge", gatewayKey: KEY, reference: "order_1", outcome }]);
  });

  it("dates a charge by the payment that decides about it, and takes its key from whichever has one", async () => {
    const listed = await of(aPayment({ id: "pay_2", ...failed, created_at: second + 1 }), aPayment({ notes: [] }));
    expect(listed).toMatchObject([{ gatewayKey: KEY, createdAt: second * 1_000, outcome: { kind: "succeeded" } }]);
  });

  const theirs = (reference: string) => ({ accountId: "acc_other", gatewayKey: others.tillway_key, reference });

  it("shows what other programs made without a key, and what another account made with that account's", async () => {
    const listed = await of(
      aPayment({ id: "pay_1", order_id: "order_1", notes: [] }),
      aPayment({ id: "pay_2", order_id: "order_2", notes: others }),
      aPayment({ id: "pay_3", order_id: null, notes: {} }),
      aPayment({ id: "pay_4", order_id: "order_4", notes: { tillway_key: KEY }, ...held }),
    );
    expect(listed.map(({ reference, gatewayKey, outcome, owner }) => [reference, gatewayKey, outcome.kind, owner])).toEqual([
      ["order_1", null, "succeeded", undefined],
      ["order_2", null, "succeeded", theirs("order_2")],
      ["pay_3", null, "succeeded", undefined],
      ["order_4", null, "authorized", undefined],
    ]);
  });

  it("asks for the payment of a refund that names nobody, and only then", async () => {
    const byHand = { notes: [] };
    const listed = await refundsOf(
      items(
        aRefund({ id: "rfnd_ours" }),
        aRefund({ id: "rfnd_others", notes: others }),
        ...["hand", "others_hand", "lapsed", "strangers", "nowhere"].map((name) => aRefund({ id: `rfnd_${name}`, ...byHand })),
      ),
      answer(200, aPayment()),
      answer(200, aPayment({ notes: others })),
      answer(200, aPayment({ status: "refunded", captured: false })),
      answer(200, aPayment({ notes: [] })),
      answer(400, { error: { code: "BAD_REQUEST_ERROR" } }),
    );
    expect(listed.map(({ reference, gatewayKey, owner }) => [reference, gatewayKey, owner])).toEqual([
      ["rfnd_ours", KEY, undefined],
      ["rfnd_others", null, theirs("rfnd_others")],
      ["rfnd_hand", null, undefined],
      ["rfnd_others_hand", null, theirs("order_1")],
      ["rfnd_strangers", null, undefined],
      ["rfnd_nowhere", null, undefined],
    ]);
  });

  it("ends a page that takes too long after the refunds that it has looked at", async () => {
    const byHand = ["1", "2", "3"].map((n) => aRefund({ id: `rfnd_${n}`, notes: [] }));
    let now = second * 1_000;
    const answers = [items(...byHand), ...Array<HttpResult>(3).fill(answer(200, aPayment()))];
    const http = { send: async () => ((now += 4_000), answers.shift()!) };
    const connector = createRazorpayConnector({ http, baseUrl: "http://razorpay.test", clock: { ...manualClock(), now: () => now } });
    const reply = await connector.list!(account, { ...query, cursor: `refunds:${second + 2}:50` });
    expect(entriesOf(reply).map(({ reference }) => reference)).toEqual(["rfnd_1", "rfnd_2"]);
    expect(reply).toMatchObject({ cursor: `refunds:${second + 2}:52` });
  });

  it.each<[string, HttpResult, string]>([
    ["lost", lost, "timeout"],
    ["a refusal", answer(401, { error: {} }), "status 401"],
    ["too many requests", answer(429, {}), "status 429"],
    ["a server's fault", answer(502, "<html>"), "status 502"],
    ["no JSON", answer(200, '{"items": ['), "the list of payments can't be read"],
    ["no list", answer(200, {}), "the list of payments can't be read"],
    ["a payment without a time", items(aPayment({ created_at: null })), "the list of payments can't be read"],
    ["a payment without an id", items(aPayment({ id: "" })), "the list of payments can't be read"],
    ["the oldest first", items(aPayment(), aPayment({ created_at: second + 1 })), "the list of payments can't be read"],
  ])("says why it can't be read: %s", async (_, given, reason) => {
    expect(await saying(given).list()).toEqual({ ok: false, reason });
  });

  it.each<[string, HttpResult, string]>([
    ["lost", lost, "timeout"],
    ["busy", answer(429, {}), "status 429"],
    ["another's", answer(200, aPayment({ id: "pay_2" })), "the payment of a refund can't be read"],
  ])("says nothing of a refund whose payment is %s, rather than half", async (_, given, reason) => {
    expect(await saying(items(aRefund({ notes: [] })), given).list(`refunds:${second}:0`)).toEqual({ ok: false, reason });
  });
});

describe("the list of Razorpay's far side", () => {
  /** A payment on an order of its own, past Tillway. */
  async function payAside({ post }: Bench, notes: object = {}): Promise<{ razorpay_payment_id: string; orderId: string }> {
    const { id: orderId } = (await post("/orders", { amount: 900, currency: "INR" })) as { id: string };
    const who = { email: "asha@example.com", contact: "+919999999999" };
    const body = { amount: 900, currency: "INR", order_id: orderId, ...who, method: "card", token: paid.token, notes };
    return { ...((await post("/payments/create/json", body)) as { razorpay_payment_id: string }), orderId };
  }

  it.each(["AbroadSuccess", "AbroadDeclined", "VisaSuccess"])("reads %s as a question does", async (name) => {
    const at = bench();
    const method = { ...paid, token: `token_${name}` };
    await at.send({}, { method });
    const [order] = orders(at);
    const outcome = await at.retrieve(order!.id, {}, { method });
    const createdAt = expect.any(Number) as number;
    expect(await at.list()).toEqual([{ operation: "charge", gatewayKey: KEY, reference: order!.id, outcome, createdAt }]);
  });

  it("comes in pages that leave nothing out, with the refunds after the charges", async () => {
    const at = bench();
    const made: string[] = [];
    for (let n = 0; n < 230; n++) made.push((await payAside(at)).orderId);
    await at.clock.advance(1_000);
    await at.send();
    await at.send({ operation: "refund", gatewayKey: "key-of-a-refund", parentReference: orders(at).at(-1)!.id, amount: 500 });
    const entries = await at.list();
    const references = entries.filter(({ operation }) => operation === "charge").map(({ reference }) => reference);
    expect(new Set(references)).toEqual(new Set([...made, orders(at).at(-1)!.id]));
    expect(entries.at(-1)).toMatchObject({ operation: "refund", gatewayKey: "key-of-a-refund", outcome: { kind: "succeeded" } });
    expect(await at.list({ from: at.clock.now() + 1_000, before: at.clock.now() + 5_000 })).toEqual([]);
  });

  it("misses nothing though payments are made while it is read", async () => {
    const at = bench();
    const before: string[] = [];
    for (let n = 0; n < 250; n++) {
      before.push((await payAside(at)).orderId);
      if (n % 7 === 0) await at.clock.advance(1_000);
    }
    const more = async (): Promise<void> => {
      for (let n = 0; n < 40; n++) await payAside(at);
      await at.clock.advance(1_000);
    };
    const seen = new Set((await at.list({ before: at.clock.now() + 60_000 }, more)).map(({ reference }) => reference));
    expect(before.filter((reference) => !seen.has(reference))).toEqual([]);
    expect(payments(at).length).toBeGreaterThan(before.length);
  });

  it("shows a payment that failed and was authorized late, and a refund by hand without a key", async () => {
    const at = bench();
    const late = { ...paid, token: "token_AbroadLateSuccess" };
    await at.send({}, { method: late });
    expect((await at.list())[0]!.outcome.kind).toBe("declined");
    await at.clock.advance(60_000);
    await at.post(`/payments/${payments(at)[0]!.id}/refund`, { amount: 700 });
    expect(await at.list()).toMatchObject([
      { operation: "charge", gatewayKey: KEY, outcome: { kind: "succeeded" } },
      { operation: "refund", gatewayKey: null, outcome: { kind: "succeeded", figures: { amount: 700 } } },
    ]);
  });

  it("shows no refund of a hold that nobody captured: its charge says that it has ended", async () => {
    const at = bench();
    await at.send({}, { captureMethod: "manual" });
    await at.clock.advance(6 * 86_400_000);
    expect(await at.list()).toMatchObject([{ operation: "charge", outcome: { kind: "canceled" } }]);
  });
});
