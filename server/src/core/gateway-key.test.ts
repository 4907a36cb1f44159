import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatewayKey } from "./ids.ts";
import type { Operation } from "./model.ts";

const identity = {
  mode: "test",
  merchantId: "mer_00000000000000000000000001",
  identityKind: "key",
  audience: "merchant",
  identity: "order-1001",
} as const;

describe("a gateway key", () => {
  // These texts are known to gateways. Where one of them changes, a restored database would charge under a new key.
  it.each<[string, Parameters<typeof gatewayKey>, string]>([
    ["the first charge of a request", [identity, "charge", 1], "c7uinri6b5s2v2cvnflm5nagda3n5mvu"],
    ["its second charge", [identity, "charge", 2], "7wons3igtkqpou6pjon5prtdslwyx65r"],
    ["its capture", [identity, "capture", 1], "zoxewisaszpo5xsj2kxo5xvgvig7masv"],
    [
      "a payment without a key of the client's",
      [{ ...identity, identityKind: "payment", identity: "pay_00000000000000000000000001" }, "charge", 1],
      "6v7zd4u6qc2tiarognn7gsivhizqqnwh",
    ],
    ["an identity beyond ASCII", [{ ...identity, identity: "Bestellung-ä-日本" }, "charge", 1], "elsoitqzhduphiqoqtufh4yr5ykmzm4l"],
  ])("of %s never changes", (_, args, expected) => {
    expect(gatewayKey(...args)).toBe(expected);
  });

  it("is base32 of SHA-256 over the JSON text of its parts", () => {
    const parts = JSON.stringify([1, "test", identity.merchantId, "key", "merchant", "order-1001", "charge", 1]);
    const bits = [...createHash("sha256").update(parts).digest()].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    const letters = Array.from(
      { length: 32 },
      (_, i) => "abcdefghijklmnopqrstuvwxyz234567"[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)],
    );
    expect(gatewayKey(identity, "charge", 1)).toBe(letters.join(""));
  });

  it("has 32 characters that every gateway takes", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 99 }), (text, n) =>
        /^[a-z2-7]{32}$/.test(gatewayKey({ ...identity, identity: text }, "charge", n)),
      ),
    );
  });

  it("changes with each of its parts", () => {
    const operations: Operation[] = ["charge", "capture", "void", "refund"];
    const keys = [
      ...operations.map((operation) => gatewayKey(identity, operation, 1)),
      gatewayKey(identity, "charge", 2),
      gatewayKey({ ...identity, mode: "live" }, "charge", 1),
      gatewayKey({ ...identity, merchantId: "mer_00000000000000000000000002" }, "charge", 1),
      gatewayKey({ ...identity, identityKind: "order" }, "charge", 1),
      gatewayKey({ ...identity, identityKind: "payment" }, "charge", 1),
      gatewayKey({ ...identity, audience: "checkout" }, "charge", 1),
      gatewayKey({ ...identity, identity: "order-1002" }, "charge", 1),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("cannot be made to collide by moving text from one part into the next", () => {
    const left = gatewayKey({ ...identity, merchantId: "a", identity: '","b' }, "charge", 1);
    const right = gatewayKey({ ...identity, merchantId: 'a","', identity: "b" }, "charge", 1);
    expect(left).not.toBe(right);
  });
});
