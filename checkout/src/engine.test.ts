import { beforeEach, expect, it, vi } from "vitest";
import type { Shelf } from "./access.ts";
import { Away, Refused, type Api } from "./api.ts";
import type { Payment } from "./contract.ts";
import { createEngine } from "./engine.ts";
import { examplePayment, exampleView } from "./examples.ts";
import { createStore } from "./store.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-28T10:00:00Z") });
  // What a browser has beside Node.
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  return () => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  };
});

const refused = (status: number, code: string, more: object = {}): Refused => new Refused(status, { code, message: code, ...more });
const succeeded = examplePayment("succeeded");

/** A page with a card typed in. `answers`: of one request to pay after the other. */
async function page(answers: readonly (Payment | Error)[], more: Partial<Api> = {}) {
  const keys: string[] = [];
  const gone: string[] = [];
  const kept = new Map<string, string>();
  const shelf: Shelf = {
    get: (name) => kept.get(name) ?? null,
    set: (name, value) => void kept.set(name, value),
    remove: (name) => void kept.delete(name),
  };
  const unused = (): never => {
    throw new Error("not asked for in this test");
  };
  const api: Api = {
    view: async () => exampleView,
    token: async () => ({ token: "tok_1" }),
    async pay({ key }) {
      keys.push(key);
      const answer = answers[keys.length - 1] ?? unused();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    confirm: unused,
    payment: unused,
    stream: () => Promise.reject(new Away("none")),
    cardFields: unused,
    returned: unused,
    cancelPayment: unused,
    cancelSession: unused,
    ...more,
  };
  const store = createStore();
  const fields = { mount: unused, isComplete: () => true, tokenizer: () => null, act: unused };
  const engine = createEngine({ api, store, shelf, fields, goTo: (url) => void gone.push(url) });
  await engine.load();
  store.dispatch({ type: "filled", method: "card", values: { number: "4242424242424242", expiry: "12 / 34", cvv: "123" } });
  return { store, engine, keys, gone, kept };
}

it("sends one attempt, however often it is told to while one is under way", async () => {
  const { engine, keys, store } = await page([succeeded]);
  await Promise.all([1, 2, 3, 4, 5].map(() => engine.submit()));
  expect([keys.length, store.get().stage]).toEqual([1, "paid"]);
});

it("asks again under the same key until there is an answer, and says meanwhile that nobody answers", async () => {
  const { engine, keys, store } = await page([new Away("cut"), new Away("503", 3_000), succeeded]);
  const paid = engine.submit();
  await vi.advanceTimersByTimeAsync(900);
  expect([keys.length, store.get().isAway]).toEqual([1, true]);
  await vi.advanceTimersByTimeAsync(200);
  expect(keys.length).toBe(2);
  // As long as the server said.
  await vi.advanceTimersByTimeAsync(2_800);
  expect(keys.length).toBe(2);
  await vi.advanceTimersByTimeAsync(400);
  await paid;
  expect([new Set(keys).size, keys.length, store.get().stage, store.get().isAway]).toEqual([1, 3, "paid", false]);
});

it("takes another key for the attempt after one that was answered", async () => {
  const declined = examplePayment("failed", { error: { code: "payment_failed", decline_code: "card_declined", message: "No." } });
  const { engine, keys, store, kept } = await page([declined, succeeded]);
  await engine.submit();
  expect([store.get().ended?.kind, [...kept.keys()]]).toEqual(["declined", []]);
  store.dispatch({ type: "typed", method: "card", field: "cvv", value: "123" });
  await engine.submit();
  expect([new Set(keys).size, store.get().stage]).toEqual([2, "paid"]);
});

it("shows the payment that lives, if the order has one already", async () => {
  const { engine, store } = await page([refused(409, "order_busy", { payment_id: "pay_other" })], {
    payment: async (id) => examplePayment("succeeded", { id }),
  });
  await engine.submit();
  expect([store.get().stage, store.get().payment?.id]).toEqual(["paid", "pay_other"]);
});

it("tells why the bank said no, if the answer was a refusal that names the payment", async () => {
  const failed = examplePayment("failed", { error: { code: "payment_failed", decline_code: "insufficient_funds", message: "No." } });
  const { engine, store } = await page([refused(402, "payment_failed", { payment_id: failed.id })], { payment: async () => failed });
  await engine.submit();
  expect([store.get().stage, store.get().ended]).toMatchObject(["form", { kind: "declined", code: "insufficient_funds" }]);
});

it.each([
  [refused(401, "authentication_error"), "unusable"],
  [refused(422, "unsupported_method"), "form"],
  [refused(400, "invalid_card", { param: "card.number" }), "form"],
])("of the refusal %s it makes the page %s", async (error, stage) => {
  const { engine, store } = await page([error]);
  await engine.submit();
  expect(store.get().stage).toBe(stage);
});

it("reads the view again where a session has run out meanwhile", async () => {
  const views = [exampleView, { ...exampleView, status: "expired" as const }];
  const { engine, store } = await page([refused(409, "invalid_state")], { view: async () => views.shift()! });
  await engine.submit();
  expect(store.get().stage).toBe("expired");
});

it("sends nothing while something is wrong with it", async () => {
  const { engine, store, keys } = await page([]);
  store.dispatch({ type: "typed", method: "card", field: "number", value: "4242" });
  await engine.submit();
  expect([keys, store.get().faults]).toEqual([[], { "card.number": "error.number_incomplete" }]);
});

it("goes to the bank once, when the payment asks for it, and not again when somebody comes back", async () => {
  const asks = examplePayment("requires_action", { next_action: { type: "redirect", url: "https://bank.example/1" } });
  const payments = [null, asks];
  const { engine, gone } = await page([asks], { view: async () => ({ ...exampleView, payment: payments.shift()! }) });
  await engine.submit();
  await engine.load();
  expect(gone).toEqual(["https://bank.example/1"]);
});

it("says after 15 seconds what happens next", async () => {
  const { engine, store } = await page([examplePayment("processing")], { payment: async () => examplePayment("processing") });
  await engine.submit();
  await vi.advanceTimersByTimeAsync(14_000);
  expect(store.get().isSlow).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(store.get().isSlow).toBe(true);
});

it("tells why a payment ended while the shopper was at the bank, once", async () => {
  const failed = examplePayment("failed", { error: { code: "payment_failed", decline_code: "authentication_failed", message: "No." } });
  const { engine, store, kept } = await page([], { payment: async () => failed });
  kept.set(`tillway:payment:${exampleView.order.id}`, failed.id);
  await engine.load();
  expect(store.get().ended).toMatchObject({ kind: "declined", code: "authentication_failed" });
  expect([...kept.keys()]).toEqual([]);
});
