/** The rules about e-mail at rest: each is broken by hand, and the oracle must blame it. */
import { expect, it } from "vitest";
import { Courtroom } from "./oracle.testing.ts";
import { runChunk } from "./chunk.ts";
import { simulateSeed } from "./seed.ts";

type Receipt = ReturnType<Courtroom["receipt"]>;

const letter = { to: "asha@example.com", content: "Thank you" };

const bugs: readonly [name: string, plant: (court: Courtroom, receipt: Receipt) => void, blamed: RegExp][] = [
  ["that was not taken and counts as sent", ({ office }, { id }) => office.delete(id), /counts as sent, the mail server never took it$/],
  [
    "about nothing that was committed",
    ({ office }) => office.set("<dlv_ghost@x>", [letter]),
    /got the message <dlv_ghost@x>, which was never/,
  ],
  [
    "that is sent again with other words",
    ({ office }, { id }) => office.set(id, [letter, { ...letter, content: "Thanks" }]),
    /was sent again with other words, or to somebody else$/,
  ],
  [
    "that is sent again to somebody else",
    ({ office }, { id }) => office.set(id, [letter, { ...letter, to: "thief@example.com" }]),
    /was sent again with other words, or to somebody else$/,
  ],
  [
    "that is owed to nobody",
    ({ tables, office }, { delivery, id }) => (tables.deliveries.delete(delivery.id), office.delete(id)),
    /owed to its shopper 0 times$/,
  ],
  [
    "that is still owed",
    ({ tables }, { delivery }) => tables.deliveries.set(delivery.id, { ...delivery, status: "pending" }),
    /never sent and never given up$/,
  ],
  [
    "that was given up untried",
    ({ tables }, { delivery }) => tables.deliveries.set(delivery.id, { ...delivery, status: "failed" }),
    /without a try in its log$/,
  ],
  [
    "that was called off",
    ({ tables }, { delivery }) => tables.deliveries.set(delivery.id, { ...delivery, status: "canceled" }),
    /payment.succeeded was called off$/,
  ],
];

it("a receipt that came twice with the same id and words is no fault", () => {
  const court = new Courtroom();
  const { id } = court.receipt(court.blameless());
  court.office.set(id, [letter, letter]);
  expect(court.rest().blamed).toEqual([]);
});

it.each(bugs)("at rest the oracle blames an e-mail %s", (_, plant, blamed) => {
  const court = new Courtroom();
  plant(court, court.receipt(court.blameless()));
  expect(court.rest().blamed).toEqual([expect.stringMatching(blamed)]);
});

it("a world with e-mail has the same history each time, breaks no rule, and sends some again", { timeout: 60_000 }, async () => {
  const [once, again] = [await simulateSeed(26), await simulateSeed(26)];
  expect([again.traceHash, once.violations]).toEqual([once.traceHash, []]);
  expect(once.counts.emails).toBeGreaterThan(5);
  expect((await simulateSeed(1)).counts.emails).toBe(0);
});

// The first seed that finds it.
it.each([
  ["mail-before-commit", 3],
  ["mail-sent-when-handed-over", 6],
  ["message-id-per-try", 5],
])("the planted bug %s is caught", { timeout: 60_000 }, async (plant, seed) => {
  const { broken } = await runChunk({ from: seed, to: seed, plant });
  expect(broken.map(({ violations }) => violations[0]!.invariant)).toEqual(["I10"]);
});
