import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { REQUEST_LASTS_MS } from "../../core/constants.ts";
import { newId } from "../../core/ids.ts";
import type { RequestRecord } from "../../core/ports/requests.ts";
import { id, newScope, stored, T0 } from "../conformance/rows.testing.ts";

const record = (over: Partial<RequestRecord> = {}): RequestRecord => ({
  ...newScope(),
  id: id("req"),
  keyId: "key_1",
  method: "POST",
  route: "/v1/payments/:id/capture",
  subject: null,
  status: 409,
  errorCode: "invalid_state",
  body: '{"a":"\\u0000 ünï"}',
  paymentId: null,
  resourceId: null,
  at: T0,
  durationMs: 12,
  ...over,
});

describe.each(databaseServers())("requests on $name", ({ url }) => {
  let storage: TestStorage;
  beforeAll(async () => void (storage = await postgresStorage(url)));
  afterAll(() => storage.close());

  it("are found by their id as they were written, by their own merchant", async () => {
    const rows = [record(), record({ status: null, durationMs: null, body: null })];
    await storage.requests.record([...rows, rows[0]!]);
    await storage.requests.record(rows);
    for (const row of rows) {
      expect(await storage.requests.find(row, row.id)).toEqual({ ...row, eventId: null });
      expect(await storage.requests.find(newScope(), row.id)).toBeNull();
      expect(await storage.requests.find({ ...row, mode: "live" }, row.id)).toBeNull();
    }
  });

  it("that created a payment are found without a row of their own, for as long as one may last", async () => {
    const scope = newScope();
    const request = (before: number) => newId("req", T0 - before, new Uint8Array(16).fill(3));
    const ids = [request(0), request(REQUEST_LASTS_MS - 1), request(REQUEST_LASTS_MS + 1)];
    const made = [];
    for (const requestId of ids)
      made.push(await stored(storage.store, scope, { id: newId("pay", T0, crypto.getRandomValues(new Uint8Array(16))), requestId }));
    for (const n of [0, 1])
      expect(await storage.requests.find(scope, ids[n]!)).toMatchObject({
        id: ids[n],
        method: "POST",
        route: "/v1/payments",
        status: 201,
        paymentId: made[n]!.id,
        eventId: expect.stringMatching(/^evt_/),
        body: expect.stringContaining(`"amount":${made[n]!.amount}`),
      });
    expect(await storage.requests.find(scope, ids[2]!)).toBeNull();
    expect(await storage.requests.find(newScope(), ids[0]!)).toBeNull();
  });

  it("that a caller gave up, or we did not answer, name the payment that they created all the same", async () => {
    const scope = newScope();
    for (const status of [null, 503, 400]) {
      const row = record({ ...scope, id: newId("req", T0, crypto.getRandomValues(new Uint8Array(16))), status });
      const payment = await stored(storage.store, scope, {
        id: newId("pay", T0 + 5, crypto.getRandomValues(new Uint8Array(16))),
        requestId: row.id,
      });
      await storage.requests.record([row]);
      expect(await storage.requests.find(scope, row.id)).toMatchObject({ status, paymentId: status === 400 ? null : payment.id });
    }
  });

  it("are removed when they are old", async () => {
    const old = record({ id: newId("req", T0 - 1_000, new Uint8Array(16)), at: T0 - 1_000 });
    const young = record({ id: newId("req", T0 + 1_000, new Uint8Array(16)), at: T0 + 1_000 });
    await storage.requests.record([old, young]);
    expect(await storage.store.purge("requests", T0, 100)).toBeGreaterThan(0);
    expect(await storage.requests.find(old, old.id)).toBeNull();
    expect(await storage.requests.find(young, young.id)).not.toBeNull();
  });
});
