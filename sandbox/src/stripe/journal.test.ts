import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stripeDesk } from "./desk.testing.ts";
import { STRIPE_TEST_KEY } from "./far-side.ts";

let folder: string;
let journalPath: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stripe-journal-"));
  journalPath = join(folder, "books.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const key = { "metadata[tillway_key]": "k" };

describe("the journal of the far side", () => {
  it("gives the same books, ids and stored answers after a restart, and goes on", async () => {
    const first = stripeDesk({ journalPath, seed: "one" });
    expect((await first.ask(...create("pm_sim_fault_timeout_before"))).connection).toBe("silent");
    const again = await first.ask(...create("pm_sim_fault_timeout_before"));
    const held = await first.pay("pm_card_visa", { capture_method: "manual", "metadata[tillway_key]": "held" });
    await first.ask("POST", "/v1/refunds", { payment_intent: String(again.json["id"]), amount: 500 });
    await first.ask("POST", "/v1/refunds", { payment_intent: "pi_none" });
    const before = { books: first.far.books(), refunds: (await first.ask("GET", "/v1/refunds")).body };
    await first.far.close();

    const second = stripeDesk({ journalPath, seed: "two" });
    expect({ books: second.far.books(), refunds: (await second.ask("GET", "/v1/refunds")).body }).toEqual(before);
    const replayed = await second.ask(...create("pm_sim_fault_timeout_before"));
    expect([replayed.body, replayed.headers["idempotent-replayed"]]).toEqual([again.body, "true"]);
    await second.ask("POST", `/v1/payment_intents/${String(held.json["id"])}/capture`);
    expect(second.far.book("held")).toMatchObject({ captured: 4_500 });
    await second.far.close();

    const third = stripeDesk({ journalPath });
    expect(third.far.books()).toEqual(second.far.books());
    await third.far.close();
  });

  it("holds no key and is for its owner only", async () => {
    const { far, pay } = stripeDesk({ journalPath });
    await pay("pm_card_visa");
    await far.close();
    expect(readFileSync(journalPath, "utf8")).not.toContain(STRIPE_TEST_KEY);
    expect(statSync(journalPath).mode & 0o077).toBe(0);
  });

  it("takes out a line that was cut off, and refuses one that can't be read", async () => {
    const first = stripeDesk({ journalPath });
    await first.pay("pm_card_visa", key);
    await first.far.close();
    appendFileSync(journalPath, '{"at":1,"ma');
    const second = stripeDesk({ journalPath });
    expect(second.far.book("k")).toMatchObject({ captured: 4_500 });
    await second.pay("pm_card_visa", { "metadata[tillway_key]": "other" });
    await second.far.close();
    const third = stripeDesk({ journalPath });
    expect(third.far.books()).toHaveLength(2);
    await third.far.close();
    for (const wrong of ["no json\n", "{}\n", `${readFileSync(journalPath, "utf8")}no json\n`]) {
      writeFileSync(journalPath, wrong);
      expect(() => stripeDesk({ journalPath })).toThrow(/journal|holds a line/);
    }
  });
});

function create(token: string) {
  const params = { amount: 4_500, currency: "inr", payment_method: token, confirm: true, return_url: "https://shop.test/", ...key };
  return ["POST", "/v1/payment_intents", params, { "idempotency-key": "once" }] as const;
}
