import { describe, expect, it } from "vitest";
import {
  OPERATIONS_KEPT_MAX,
  OPERATIONS_KEPT_MS,
  countEntries,
  entriesOf,
  forget,
  KEYS_KEPT_MAX,
  revived,
  STILL_ASKED_MS,
} from "./retention.ts";
import { keyOf, openDesk, type Desk } from "./desk.testing.ts";
import { apply, emptyLedger, type Entry, type Ledger, type OperationRecord } from "./ledger.ts";
import { net } from "./net.testing.ts";
import { positions } from "./status.ts";

const DAY_MS = 86_400_000;
const charge = (desk: Desk, n: number, more: object = {}) =>
  desk.ask("POST", "/charges", { key: keyOf(n), amount: 1_000, currency: "INR", token: "tok_success", ...more });
const operation = (desk: Desk, n: number, path: string, more: object = {}) =>
  desk.ask("POST", path, { key: keyOf(n), amount: 400, currency: "INR", ...more });
const find = (desk: Desk, n: number) => desk.ask("GET", `/operations?key=${keyOf(n)}`);
const knows = (desk: Desk, n: number): boolean => desk.ledger.accounts.get("acc_1")!.operations.has(keyOf(n));

/** Moves the ledger on: its time is that of its newest entry. */
function liveOn(desk: Desk, ms: number, n: number): void {
  desk.now += ms;
  charge(desk, n);
}

describe("what a ledger forgets", () => {
  it("is closed and was not touched for a month, by the ledger's own time", () => {
    const desk = openDesk();
    charge(desk, 1);
    charge(desk, 2, { token: "tok_card_declined" });
    liveOn(desk, OPERATIONS_KEPT_MS - 1, 3);
    expect(forget(desk.ledger)).toBe(3);
    liveOn(desk, 1, 4);
    expect(forget(desk.ledger)).toBe(2);
    expect([1, 2, 3, 4].map((n) => knows(desk, n))).toEqual([false, false, true, true]);
  });

  it("is nothing after a pause of any length: time in which nobody worked makes nothing old", () => {
    const desk = openDesk();
    charge(desk, 1);
    desk.now += 400 * DAY_MS;
    expect([forget(desk.ledger), find(desk, 1).status]).toEqual([1, 200]);
  });

  it.each<[string, (desk: Desk) => unknown]>([
    ["was asked about", (desk) => find(desk, 1)],
    ["was asked about by reference", (desk) => desk.ask("GET", `/operations/sch_${keyOf(1)}`)],
    ["was refunded in part", (desk) => operation(desk, 9, "/refunds", { charge: `sch_${keyOf(1)}` })],
  ])("is nothing that %s since, with all that belongs to it", (_, touch) => {
    const desk = openDesk();
    charge(desk, 1);
    desk.now += 20 * DAY_MS;
    touch(desk);
    liveOn(desk, 29 * DAY_MS, 2);
    forget(desk.ledger);
    expect(knows(desk, 1)).toBe(true);
    liveOn(desk, 2 * DAY_MS, 3);
    forget(desk.ledger);
    expect([knows(desk, 1), knows(desk, 9), desk.ledger.accounts.get("acc_1")!.asked.size]).toEqual([false, false, 0]);
  });

  it("an outcome that is asked about daily, as unknown ones are, is found forever", () => {
    const desk = openDesk();
    charge(desk, 1, { token: "tok_wrong_amount" });
    for (let day = 1; day <= 90; day++) {
      liveOn(desk, DAY_MS, 100 + day);
      expect(find(desk, 1).status).toBe(200);
      forget(desk.ledger);
    }
    expect([knows(desk, 1), knows(desk, 101)]).toEqual([true, false]);
  });

  it("a question about a young operation writes nothing; one about an old one writes twice a day at most", () => {
    const desk = openDesk();
    charge(desk, 1);
    desk.now += 40_000_000;
    find(desk, 1);
    find(desk, 2);
    expect(desk.ledger.accounts.get("acc_1")!.asked.size).toBe(0);
    desk.now += DAY_MS;
    const first = desk.now;
    find(desk, 1);
    desk.now += 40_000_000;
    find(desk, 1);
    expect([...desk.ledger.accounts.get("acc_1")!.asked.values()]).toEqual([first]);
  });

  it("is no charge that is still authorized and may be captured, until that has lapsed", () => {
    const desk = openDesk();
    charge(desk, 1, { capture: false });
    operation(desk, 2, `/charges/sch_${keyOf(1)}/captures`);
    fill(desk.ledger, OPERATIONS_KEPT_MAX, desk.now + 3 * DAY_MS);
    forget(desk.ledger);
    expect(knows(desk, 1)).toBe(true);
    fill(desk.ledger, 1, desk.now + 8 * DAY_MS);
    forget(desk.ledger);
    expect([knows(desk, 1), knows(desk, 2)]).toEqual([false, false]);
  });

  it("beyond their number: the oldest first, none that may still be asked about", () => {
    const desk = openDesk();
    for (let n = 1; n <= 3; n++) liveOn(desk, 1_000, n);
    fill(desk.ledger, OPERATIONS_KEPT_MAX - 1, desk.now + STILL_ASKED_MS - 1_500);
    expect(forget(desk.ledger)).toBe(OPERATIONS_KEPT_MAX + 1);
    expect([knows(desk, 1), knows(desk, 2), knows(desk, 3)]).toEqual([false, true, true]);
  });

  it("of keys that were called off or met a fault: all but the newest", () => {
    const { ledger } = openDesk();
    for (let n = 0; n < KEYS_KEPT_MAX + 5; n++) {
      apply(ledger, { kind: "tombstone", account: "acc_1", key: keyOf(n) });
      apply(ledger, { kind: "sighting", account: "acc_1", key: keyOf(n) });
    }
    forget(ledger);
    const { tombstones, sightings } = ledger.accounts.get("acc_1")!;
    for (const keys of [tombstones, sightings])
      expect([keys.size, keys.has(keyOf(4)), keys.has(keyOf(5))]).toEqual([KEYS_KEPT_MAX, false, true]);
  });
});

describe("the shortest journal", () => {
  it("leads to the same ledger", () => {
    const desk = openDesk();
    charge(desk, 1);
    charge(desk, 2, { capture: false });
    operation(desk, 3, `/charges/sch_${keyOf(2)}/captures`);
    operation(desk, 4, "/refunds", { charge: `sch_${keyOf(1)}` });
    charge(desk, 5, { token: "tok_processing" });
    charge(desk, 6, { token: "tok_challenge" });
    const { next_action } = find(desk, 6).json as { next_action: { url: string } };
    desk.ask("POST", `${new URL(next_action.url).pathname}/complete`);
    charge(desk, 7, { token: "tok_timeout_before" });
    desk.ask("POST", `/operations/${keyOf(8)}/cancel`);
    desk.now += 2 * DAY_MS;
    find(desk, 1);
    const entries = [...entriesOf(desk.ledger)];
    // Children enter themselves: a parent that brought them along would count them twice.
    expect(entries.flatMap((entry) => (entry.kind === "operation" ? entry.record.children : []))).toEqual([]);
    const again = replayed(entries);
    expect(again).toEqual({ ...desk.ledger, served: 0 });
    expect(entries).toHaveLength(countEntries(desk.ledger));
    expect(positions(again, desk.now)).toEqual(positions(desk.ledger, desk.now));
    expect(net(again, keyOf(1), desk.now)).toBe(600);
  });

  it("has no entry for delivered webhooks, nor for requests that were lost and came again", () => {
    const desk = openDesk();
    charge(desk, 1, { token: "tok_processing" });
    for (const id of desk.ledger.owed.keys()) apply(desk.ledger, { kind: "told", id });
    charge(desk, 2, { token: "tok_timeout_before" });
    charge(desk, 2, { token: "tok_timeout_before" });
    expect([...entriesOf(desk.ledger)].map((entry) => entry.kind)).toEqual(["account", "operation", "operation"]);
    expect([desk.ledger.owed.size, desk.ledger.owedAbout.size]).toEqual([0, 0]);
  });
});

/** As after a restart: through the file's JSON. */
function replayed(entries: readonly Entry[]): Ledger {
  const ledger = emptyLedger();
  for (const entry of entries)
    apply(
      ledger,
      revived(JSON.parse(JSON.stringify(entry)) as Entry, (source) => source),
    );
  return ledger;
}

/** Many operations of this moment. */
function fill(ledger: Ledger, count: number, at: number): void {
  const like = ledger.accounts.get("acc_1")!.operations.values().next().value as OperationRecord;
  for (let n = 0; n < count; n++) {
    const record = { ...like, key: `filled-${at}-${n}`, capture: true, receivedAt: at, dueAt: at, children: [] };
    apply(ledger, { kind: "operation", account: "acc_1", record });
  }
}
