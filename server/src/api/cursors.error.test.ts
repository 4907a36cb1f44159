/** Where a page begins: an id that names no row of the caller's is no end of the list. */
import { describe, expect, it } from "vitest";
import { newId } from "../core/ids.ts";
import type { Case } from "../core/model.ts";
import { aDelivery } from "../core/rows.testing.ts";
import { memoryStorage } from "../storage/memory/index.ts";
import { ask } from "./documented.testing.ts";
import { fakeApi, headers, NOW, payment } from "./fakes.testing.ts";

const DAY = 86_400_000;
const idOf = (prefix: "pay" | "dlv" | "case" | "mer", daysAgo: number, last = 1) =>
  newId(prefix, NOW - daysAgo * DAY, new Uint8Array(16).fill(last));
const merchantId = idOf("mer", 200);
const own = { merchantId, mode: "test" as const };

/** One old and one new row of each list, and another merchant's between them. */
function api() {
  const { tables, reads } = memoryStorage();
  for (const [daysAgo, of] of [
    [150, own],
    [100, { ...own, merchantId: idOf("mer", 300) }],
    [1, own],
  ] as const) {
    tables.payments.set(idOf("pay", daysAgo), payment({ ...of, id: idOf("pay", daysAgo) }));
    tables.deliveries.set(idOf("dlv", daysAgo), aDelivery({ ...of, id: idOf("dlv", daysAgo) }));
    tables.cases.set(idOf("case", daysAgo), {
      ...of,
      id: idOf("case", daysAgo),
      kind: "overdue",
      status: "open",
      subject: "s",
      summary: "s",
      evidence: {},
      openedAt: NOW,
      resolvedAt: null,
      resolvedBy: null,
      resolution: null,
      resolvedByName: null,
      paymentId: null,
    } as Case);
  }
  const flows = {
    options: { retention: { exchangesMs: 180 * DAY, deliveriesMs: 90 * DAY } },
    settings: { authenticate: async () => ({ ...own, keyId: "key_1", scopes: ["payments.read", "webhooks", "cases"], person: null }) },
  };
  return fakeApi({ reads, flows: flows as never }).app;
}

describe.each([
  ["payments", "pay"],
  ["deliveries", "dlv"],
  ["cases", "case"],
] as const)("a page of /v1/%s", (list, prefix) => {
  it.each([
    ["an id that nobody has", idOf(prefix, 1, 9)],
    ["an id of long before the merchant", `${prefix}_00000000000000000000000000`],
    ["an id of tomorrow", idOf(prefix, -1)],
    ["an id of another type", idOf(prefix === "pay" ? "dlv" : "pay", 1)],
  ])("beside %s is refused by the name of the parameter (U7)", async (_, cursor) => {
    for (const param of ["starting_after", "ending_before"]) {
      const answer = await ask(api(), { url: `/v1/${list}?${param}=${cursor}`, headers });
      expect([answer.statusCode, answer.json().error?.code, answer.json().error?.param]).toEqual([400, "invalid_field", param]);
    }
  });

  it("beside a row of its own is that row's neighbours", async () => {
    const answer = await ask(api(), { url: `/v1/${list}?starting_after=${idOf(prefix, 1)}`, headers });
    expect(answer.json().data.map((row: { id: string }) => row.id)).toEqual([idOf(prefix, 150)]);
  });
});

it.each(["payments", "cases"] as const)("another merchant's id is refused in /v1/%s (U7)", async (list) => {
  const answer = await ask(api(), { url: `/v1/${list}?starting_after=${idOf(list === "payments" ? "pay" : "case", 100)}`, headers });
  expect([answer.statusCode, answer.json().error.param]).toEqual([400, "starting_after"]);
});

it.each([
  ["starting_after", [idOf("dlv", 150)]],
  ["ending_before", [idOf("dlv", 1)]],
])("%s a delivery that the clean-up removed goes on from its place (R10)", async (param, expected) => {
  const answer = await ask(api(), { url: `/v1/deliveries?${param}=${idOf("dlv", 120)}`, headers });
  expect(answer.json().data.map((row: { id: string }) => row.id)).toEqual(expected);
});
