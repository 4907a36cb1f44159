/** How far a payment came, as steps in the order of money: asked, charged, held, taken, given back. */
import type { Payment } from "@tillway/sdk";
import { cx } from "../../kit/cx.ts";
import { showMoney } from "../../kit/money.tsx";

type Mark = "done" | "now" | "bad" | "next";

interface Step {
  readonly name: string;
  readonly note: string;
  readonly mark: Mark;
}

const words: Record<Mark, string> = { done: "done", now: "under way", bad: "ended here", next: "not yet" };
const looks: Record<Mark, string> = {
  done: "border-good text-good",
  now: "border-accent text-accent",
  bad: "border-bad text-bad",
  next: "border-line text-muted",
};
const signs: Record<Mark, string> = { done: "✓", now: "●", bad: "✕", next: "○" };

export function StateBar({ payment }: { payment: Payment }) {
  return (
    <ol className="grid grid-cols-1 gap-2 sm:auto-cols-fr sm:grid-flow-col sm:grid-cols-none" aria-label="State">
      {stepsOf(payment).map(({ name, note, mark }) => (
        <li key={name} className={cx("min-w-0 border-t-2 pt-2 text-sm", looks[mark])} aria-current={mark === "now" ? "step" : undefined}>
          <span aria-hidden="true">{signs[mark]} </span>
          <span className="font-medium">{name}</span>
          <span className="sr-only">, {words[mark]}</span>
          <span className="money block truncate text-xs text-muted">{note}</span>
        </li>
      ))}
    </ol>
  );
}

function stepsOf(payment: Payment): readonly Step[] {
  const { status, currency, capture_method: capture, amount_refunded: refunded } = payment;
  const money = (amount: number) => showMoney(amount, currency);
  const steps: Step[] = [
    { name: "Created", note: money(payment.amount), mark: status === "created" ? "now" : "done" },
    { name: "Charge", note: chargeNote(payment), mark: chargeMark(payment) },
  ];
  if (capture === "manual") steps.push({ name: "Held", note: money(payment.amount_authorized), mark: heldMark(payment) });
  if (status === "canceled" && payment.amount_captured === 0)
    return [...steps, { name: "Canceled", note: "Nothing is held or taken", mark: "bad" }];
  const isTaken = payment.amount_captured > 0;
  steps.push({ name: "Taken", note: isTaken ? money(payment.amount_captured) : "–", mark: isTaken ? "done" : "next" });
  if (refunded > 0 || openRefunds(payment) > 0)
    steps.push({ name: "Given back", note: money(refunded), mark: openRefunds(payment) > 0 ? "now" : "done" });
  return steps;
}

function openRefunds({ refunds = [] }: Payment): number {
  return refunds.filter(({ status, kind }) => kind !== "reversal" && (status === "pending" || status === "processing")).length;
}

function chargeMark({ status }: Payment): Mark {
  if (status === "created") return "next";
  if (status === "failed" || status === "canceled") return "bad";
  return status === "succeeded" || status === "authorized" ? "done" : "now";
}

function chargeNote({ status, attempts = [] }: Payment): string {
  const charges = attempts.filter(({ operation }) => operation === "charge").length;
  if (status === "requires_action") return "Waits for the shopper";
  return charges === 0 ? "–" : `${charges} ${charges === 1 ? "attempt" : "attempts"}`;
}

function heldMark({ status, amount_authorized: held }: Payment): Mark {
  if (held === 0) return "next";
  return status === "authorized" ? "now" : "done";
}
