import type { Payment } from "@tillway/sdk";
import { expect, it } from "vitest";
import { sumUp } from "./today.ts";

const paid = (status: Payment["status"], captured: number, currency = "INR") =>
  ({ status, amount: 1_000, amount_captured: captured, currency }) as Payment;

it("sums what was captured, by currency, and counts what ended", () => {
  const rows = [
    paid("succeeded", 1_000, "EUR"),
    paid("succeeded", 1_000),
    paid("succeeded", 400),
    paid("authorized", 0),
    paid("failed", 0),
    paid("processing", 0),
  ];
  expect(sumUp(rows, false)).toEqual({
    volume: [
      { currency: "INR", amount: 1_400, payments: 2 },
      { currency: "EUR", amount: 1_000, payments: 1 },
    ],
    succeeded: 4,
    failed: 1,
    all: 6,
    isCut: false,
  });
});

it("is nothing where nothing was paid", () => {
  expect(sumUp([], true)).toEqual({ volume: [], succeeded: 0, failed: 0, all: 0, isCut: true });
});
