import { expect, it } from "vitest";
import { World } from "../../../../test/support/flows/world.ts";
import type { AnnouncedResult } from "../../core/ports/engine.ts";
import type { NextResults, ResultLog } from "../../core/ports/result-log.ts";
import { createAnnouncer } from "./results.ts";

const { signal } = new AbortController();
const body = JSON.stringify({ id: "pay_1", amount: 1, amount_captured: 1, currency: "EUR", order_id: null, error: null });
const event = (n: number) =>
  ({
    merchantId: "mer_1",
    mode: "test",
    id: `evt_${n}`,
    paymentId: `pay_${n}`,
    sequence: n,
    type: "payment.succeeded",
    body,
    createdAt: n,
  }) as const;

/** A log with three events, one each step. */
function log(given: Partial<ResultLog> = {}) {
  let at = 0;
  const passed: string[] = [];
  const port: ResultLog = {
    begin: async () => {},
    lease: async () => true,
    scopes: async () => (at < 3 ? [{ merchantId: "mer_1", mode: "test" }] : []),
    next: async (): Promise<NextResults> =>
      at < 3
        ? { results: [event(at + 1)], mark: { committed: "1", id: `evt_${at + 1}` }, hasMore: at < 2 }
        : { results: [], mark: null, hasMore: false },
    oldestWaitingAt: async () => null,
    passed: async (_scope, { id }) => void ((at += 1), passed.push(id)),
    ...given,
  };
  return { port, passed };
}

it("results are announced in their order, and passed only when the engine has them", async () => {
  const { deps } = new World();
  const { port, passed } = log();
  const got: string[] = [];
  let isAway = true;
  const announcer = createAnnouncer(deps, port, async (results) => {
    got.push(...results.map(({ event: { id } }: AnnouncedResult) => id));
    if (isAway) throw new Error("Kafka is away");
  });
  for (let n = 0; n < 3; n++) expect(await announcer.round(signal)).toBeGreaterThan(0);
  expect(passed).toEqual([]);
  isAway = false;
  await announcer.round(signal);
  expect(passed).toEqual(["evt_1", "evt_2", "evt_3"]);
  expect(got).toEqual(["evt_1", "evt_1", "evt_1", "evt_1", "evt_2", "evt_3"]);
});

it("what can't be read of one merchant keeps nobody else's results back, and is said once", async () => {
  const { deps } = new World();
  const said: unknown[] = [];
  const { port, passed } = log();
  const scopes = async () => [{ merchantId: "mer_bad", mode: "test" } as const, ...(await port.scopes(1))];
  const next: ResultLog["next"] = (scope, count) =>
    scope.merchantId === "mer_bad" ? Promise.reject(new Error("no such row")) : port.next(scope, count);
  const noting = { ...deps, log: { ...deps.log, error: (fields: object) => void said.push(fields) } };
  const announcer = createAnnouncer(noting, { ...port, scopes, next }, async () => {});
  for (let n = 0; n < 3; n++) await announcer.round(signal);
  expect(passed).toEqual(["evt_1", "evt_2", "evt_3"]);
  expect(said).toEqual([expect.objectContaining({ merchant_id: "mer_bad" })]);
});

it("a process without the lease announces nothing", async () => {
  const { deps } = new World();
  const { port, passed } = log({ lease: async () => false });
  const announcer = createAnnouncer(deps, port, () => Promise.reject(new Error("not to be called")));
  await announcer.round(signal);
  expect(passed).toEqual([]);
});
