import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open, type Json } from "./counter.testing.ts";

describe("a journal", () => {
  let directory: string;
  let journalPath: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "tillway-razorpay-"));
    journalPath = join(directory, "books.jsonl");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** Orders, payments, refunds, faults and what comes late. */
  async function trial(): Promise<Json> {
    const { far, clock, ask, post, get, orderOf, pay } = open({ journalPath });
    await ask("POST", "/_webhooks", { key_id: "rzp_test_one", key_secret: "secret", url: "http://us.test", secret: "hook", mode: "hold" });
    const { razorpay_payment_id: id } = (await pay(await orderOf({ receipt: "r-1" }))).json;
    await post(`/payments/${id}/refund`, { amount: 500 }, { "x-refund-idempotency": "refund-key-1" });
    await ask("POST", "/_faults", { path: "/orders", fault: "reset-after" });
    await get("/orders");
    await pay(await orderOf({ receipt: "r-2" }), { token: "token_AbroadLateSuccess" });
    await pay(await orderOf({ receipt: "r-3" }), { token: "token_VisaSuccess" });
    await clock.advance(40_000);
    const books = (await ask("GET", "/_books")).json;
    await far.close();
    return books;
  }

  it("gives the books back as they were, ids and refund keys included, and goes on", async () => {
    const before = await trial();
    const { far, clock, ask, post } = open({ journalPath });
    await clock.advance(40_000);
    const { calls: _then, ...books } = before;
    const { calls: _now, ...again } = (await ask("GET", "/_books")).json;
    expect(again).toEqual(books);
    expect([far.taken("r-1"), far.taken("r-2"), far.taken("r-3")]).toEqual([4_000, 4_500, 0]);
    const [first] = again["payments"] as Json[];
    const refund = { amount: 500 };
    await post(`/payments/${first!["id"]}/refund`, refund, { "x-refund-idempotency": "refund-key-1" });
    expect(far.taken("r-1")).toBe(4_000);
    await far.close();
  });

  it("lets a line go that was cut off, and refuses what it did not write", async () => {
    await trial();
    const whole = readFileSync(journalPath, "utf8");
    appendFileSync(journalPath, '{"at":1,"meth');
    await open({ journalPath }).far.close();
    expect(readFileSync(journalPath, "utf8")).toBe(whole);
    for (const text of ["[]\n", '{"seed":"1"}\n', "nonsense\n"]) {
      writeFileSync(journalPath, text);
      expect(() => open({ journalPath })).toThrow(journalPath);
    }
  });
});

it("ids of far sides that began at other times are others", async () => {
  const [one, other] = [open({ seed: "1" }), open({ seed: "2" })];
  const ids = [await one.orderOf(), await other.orderOf()];
  expect(ids[0]).toMatch(/^order_[0-9A-Z]{14}$/);
  expect(ids[0]).not.toBe(ids[1]);
});
