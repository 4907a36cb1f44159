import { describe, expect, it } from "vitest";
import type { Payment } from "../../core/model.ts";
import type { Listed } from "../../core/ports/reads.ts";
import { known } from "../conformance/storage.testing.ts";
import { aPayment, numberedId, scope, START } from "../../../../test/support/flows/rows.ts";
import { memoryStorage } from "./index.ts";

function storageWith(count: number) {
  const storage = memoryStorage();
  for (let n = 1; n <= count; n++) {
    const id = numberedId("pay", n);
    storage.tables.payments.set(
      id,
      aPayment({
        id,
        createdAt: START + Math.floor(n / 2),
        status: n % 2 === 0 ? "succeeded" : "failed",
        orderId: n === 3 ? "ord_1" : null,
      }),
    );
  }
  return storage;
}

const shown = (page: Listed<Payment>) => [known(page).rows.map((row) => Number(row.id.slice(4))), known(page).hasMore];

describe("a list of payments", () => {
  it("is newest first, and says whether there is more", async () => {
    const { reads } = storageWith(5);
    expect(shown(await reads.payments(scope, { limit: 2 }))).toEqual([[5, 4], true]);
    expect(shown(await reads.payments(scope, { limit: 5 }))).toEqual([[5, 4, 3, 2, 1], false]);
  });

  it.each([
    ["after the newest", { startingAfter: numberedId("pay", 5), limit: 2 }, [4, 3], true],
    ["after one in the middle", { startingAfter: numberedId("pay", 3), limit: 9 }, [2, 1], false],
    ["before the oldest, the page next to it", { endingBefore: numberedId("pay", 1), limit: 2 }, [3, 2], true],
    ["before the newest", { endingBefore: numberedId("pay", 5), limit: 2 }, [], false],
  ])("goes on %s", async (_, page, rows, hasMore) => {
    expect(shown(await storageWith(5).reads.payments(scope, page))).toEqual([rows, hasMore]);
  });

  it("can be narrowed by status and order", async () => {
    const { reads } = storageWith(5);
    expect(shown(await reads.payments(scope, { limit: 9, status: "succeeded" }))).toEqual([[4, 2], false]);
    expect(shown(await reads.payments(scope, { limit: 9, orderId: "ord_1" }))).toEqual([[3], false]);
  });

  it("never shows another merchant's, or another mode's", async () => {
    const { reads } = storageWith(5);
    for (const other of [
      { ...scope, mode: "live" as const },
      { ...scope, merchantId: "mer_00000000000000000000000002" },
    ]) {
      expect(await reads.payments(other, { limit: 9 })).toEqual({ rows: [], hasMore: false });
      expect(await reads.payment(other, numberedId("pay", 1))).toBeNull();
    }
  });
});

describe("keys", () => {
  const key = {
    ...scope,
    id: "key_1",
    key: "pk_test_a",
    secret: "sk_test_b",
    scopes: ["payments.read"] as const,
    apiVersion: "2026-11-27",
    name: "Default",
    rateLimitPerSecond: null,
    createdAt: START,
  };

  it("authenticate with their secret, until they are revoked", async () => {
    const { settings } = memoryStorage();
    await settings.createKey(key);
    expect(await settings.authenticate(key.key, key.secret, START)).toMatchObject({
      merchantId: scope.merchantId,
      scopes: ["payments.read"],
    });
    expect(await settings.authenticate(key.key, "wrong", START)).toBeNull();
    expect(await settings.authenticate("pk_test_other", key.secret, START)).toBeNull();
    expect(await settings.revokeKey({ ...scope, mode: "live" }, key.id, START)).toBe(false);
    expect(await settings.revokeKey(scope, key.id, START + 1)).toBe(true);
    expect(await settings.authenticate(key.key, key.secret, START + 1)).toBeNull();
    expect(await settings.revokeKey(scope, key.id, START + 2)).toBe(false);
  });
});
