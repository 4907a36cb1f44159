import { expect, it } from "vitest";
import type { Snapshot } from "../core/model.ts";
import { aPayment } from "../core/rows.testing.ts";
import { checkoutPayment, isOverFor } from "./payment.ts";

type Case = Partial<Snapshot["payment"]> & { readonly refund?: string };

function shown({ refund, ...over }: Case): Snapshot {
  const payment = aPayment({ merchantId: "mer_1", mode: "test", id: "pay_1", orderId: "ord_1", amount: 500, ...over });
  const refunds = refund === undefined ? [] : [{ kind: "cancel", status: refund, amount: 500, processedAt: null }];
  return { payment, attempts: [], refunds } as unknown as Snapshot;
}

const asked = { cancelRequestedAt: 1 } as const;
const taken = { ...asked, status: "succeeded", amountCaptured: 500 } as const;

it.each<[string, Case, string | null, boolean]>([
  ["is processed", { status: "processing" }, null, false],
  ["is processed, and is to be called off", { ...asked, status: "processing" }, "requested", false],
  ["waits at the bank, and is to be called off", { ...asked, status: "requires_action" }, "requested", false],
  ["is held, and is being released", { ...asked, status: "authorized" }, "requested", false],
  ["was called off", { ...asked, status: "canceled" }, null, true],
  ["failed although it was to be called off", { ...asked, status: "failed" }, null, true],
  ["is paid", { status: "succeeded", amountCaptured: 500 }, null, true],
  ["is paid, and the cancel released what was not captured", { ...taken, amountCaptured: 300 }, null, true],
  ["was paid before the cancel came", { ...taken, refundReserved: 500, refund: "pending" }, "refund_pending", false],
  [
    "was paid before the cancel, and the gateway works on the refund",
    { ...taken, refundReserved: 500, refund: "processing" },
    "refund_pending",
    false,
  ],
  ["was paid before the cancel, and is given back", { ...taken, amountRefunded: 500, refund: "succeeded" }, "refunded", true],
  ["was paid before the cancel, and the gateway refused to give it back", { ...taken, refund: "failed" }, "refund_failed", false],
  ["was given back by hand after that", { ...taken, amountRefunded: 500, refund: "failed" }, "refunded", true],
])("of a payment that %s the shopper hears the truth", (_what, given, cancel, isOver) => {
  const one = shown(given);
  expect([checkoutPayment(one)["cancel"], isOverFor(one)]).toEqual([cancel, isOver]);
});
