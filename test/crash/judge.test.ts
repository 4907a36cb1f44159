/** The judge of the crash test: each disagreement that it looks for is made by hand, and named. */
import { describe, expect, it } from "vitest";
import { compare } from "./judge.mjs";

interface Books {
  payments: { id: string; status: string; amount: number; refunded: number; identity: string }[];
  attempts: { payment_id: string; gateway_key: string; operation: string; status: string; late_status: string | null }[];
  open: { payment_id: string | null; kind: string }[];
  positions: { key: string; captured: number; refunded: number }[];
  /** Idempotency key → the client's answers. */
  ledger: Map<string, { id: string; amount: number }>;
  /** Payment id → types of the events received. */
  events: Map<string, Set<string>>;
}

/** Two payments of 100, one charged and one declined; all ledgers agree. */
function books(): Books {
  return {
    payments: [
      { id: "pay_1", status: "succeeded", amount: 100, refunded: 0, identity: "crash-1" },
      { id: "pay_2", status: "failed", amount: 100, refunded: 0, identity: "crash-2" },
    ],
    attempts: [
      { payment_id: "pay_1", gateway_key: "key_1", operation: "charge", status: "succeeded", late_status: null },
      { payment_id: "pay_2", gateway_key: "key_2", operation: "charge", status: "declined", late_status: null },
    ],
    open: [],
    positions: [
      { key: "key_1", captured: 100, refunded: 0 },
      { key: "key_2", captured: 0, refunded: 0 },
    ],
    ledger: new Map([
      ["crash-1", { id: "pay_1", amount: 100 }],
      ["crash-2", { id: "pay_2", amount: 100 }],
    ]),
    events: new Map([
      ["pay_1", new Set(["payment.succeeded"])],
      ["pay_2", new Set(["payment.failed"])],
    ]),
  };
}

/** The findings by kind, without the empty lists. */
function found(change: (given: Books) => void): Record<string, string[]> {
  const given = books();
  change(given);
  const { counts: _, ...lists } = compare(given, { ...given, receiver: { events: given.events } });
  return Object.fromEntries(Object.entries(lists as Record<string, string[]>).filter(([, list]) => list.length > 0));
}

describe("four ledgers that agree", () => {
  it("are not blamed", () => {
    expect(found(() => {})).toEqual({});
  });

  it("are counted", () => {
    const given = books();
    given.attempts[1]!.late_status = "succeeded";
    given.open.push({ payment_id: "pay_2", kind: "late_truth" });
    const { counts } = compare(given, { ...given, receiver: { events: given.events } });
    expect(counts).toEqual({ payments: 2, charges: 2, openCases: 1, late: 1 });
  });

  it("also if a charge was given back and our row shows it", () => {
    const given = (books: Books) => {
      books.payments[0]!.refunded = 40;
      books.positions[0]!.refunded = 40;
    };
    expect(found(given)).toEqual({});
  });

  it("also if a charge was tried twice and the first took nothing", () => {
    const given = (books: Books) => {
      books.attempts.push({ payment_id: "pay_1", gateway_key: "key_0", operation: "charge", status: "declined", late_status: null });
      books.positions.unshift({ key: "key_0", captured: 0, refunded: 0 });
    };
    expect(found(given)).toEqual({});
  });
});

describe("the judge finds", () => {
  it.each<[string, (given: Books) => void, Record<string, string[]>]>([
    [
      "a payment that was acknowledged and is gone",
      (given) => given.ledger.set("crash-3", { id: "pay_3", amount: 100 }),
      { lost: ["pay_3"] },
    ],
    [
      "a second charge under another key of the same payment",
      (given) => {
        given.attempts.push({ payment_id: "pay_1", gateway_key: "key_3", operation: "charge", status: "unknown", late_status: null });
        given.positions.push({ key: "key_3", captured: 100, refunded: 0 });
      },
      { doubled: ["pay_1"], untrue: ["pay_1 succeeded"] },
    ],
    [
      "one charge of more than the payment",
      (given) => (given.positions[0]!.captured = 101),
      { doubled: ["pay_1"], untrue: ["pay_1 succeeded"] },
    ],
    ["two payments of one idempotency key", (given) => (given.payments[1]!.identity = "crash-1"), { twins: ["crash-1"] }],
    [
      "a charge that no attempt of ours asked for",
      (given) => given.positions.push({ key: "key_9", captured: 100, refunded: 0 }),
      { orphans: ["key_9"] },
    ],
    ["money taken for a payment that failed", (given) => (given.positions[1]!.captured = 100), { untrue: ["pay_2 failed"] }],
    ["a success without money", (given) => (given.positions[0]!.captured = 0), { untrue: ["pay_1 succeeded"] }],
    ["a success that the gateway has never heard of", (given) => given.positions.shift(), { untrue: ["pay_1 succeeded"] }],
    ["a refund of ours that the gateway did not make", (given) => (given.payments[0]!.refunded = 40), { untrue: ["pay_1 succeeded"] }],
    ["a merchant who got no event", (given) => given.events.delete("pay_1"), { undelivered: ["pay_1"] }],
    [
      "a merchant who got the event of another end",
      (given) => given.events.set("pay_2", new Set(["payment.succeeded", "payment.requires_action"])),
      { undelivered: ["pay_2"] },
    ],
  ])("%s", (_, change, expected) => {
    expect(found(change)).toEqual(expected);
  });

  it("no fault in a disagreement that has an open case, but a double charge all the same", () => {
    const late = (given: Books) => {
      given.positions[1]!.captured = 100;
      given.open.push({ payment_id: "pay_2", kind: "late_truth" });
    };
    expect(found(late)).toEqual({});
    const doubled = (given: Books) => {
      given.positions[0]!.captured = 200;
      given.open.push({ payment_id: "pay_1", kind: "late_truth" });
    };
    expect(found(doubled)).toEqual({ doubled: ["pay_1"] });
  });
});
