/** What must hold before a change is written: its payment as it was decided upon, or its job's token. */
import type { Change, PaymentChange } from "../../../core/change.ts";
import { payments } from "../tables.ts";
import { endedJobGuard, movedJobGuard } from "./jobs.ts";
import { allowed, assignments, indexInput, nothing, scopeInputs, section, type Section } from "./section.ts";

const mutable = payments.pick(
  "status",
  "attempt",
  "sequence",
  "amountAuthorized",
  "amountCaptured",
  "captureReserved",
  "amountRefunded",
  "refundReserved",
  "method",
  "customer",
  "returnUrl",
  "nextAction",
  "error",
  "cancelRequestedAt",
  "lapsesAt",
);

const samePayment = `t.merchant_id = r.merchant_id and t.mode = r.mode and t.id = r.id
    and t.status = r.before_status and t.version = r.before_version and t.attempt = r.before_attempt`;

/** Guards that write what they guard. `sql` gives a statement that returns `i` of the changes whose guard held. */
export const guards: readonly Section[] = [
  section<PaymentChange>({
    name: "payment_guard",
    rowsOf: (change) => (change.payment ? [change.payment] : nothing),
    inputs: [
      indexInput(),
      ...scopeInputs<PaymentChange>(),
      { name: "id", kind: "text", of: (entry) => entry.row.before.id },
      { name: "before_status", kind: "text", of: (entry) => entry.row.before.status },
      { name: "before_version", kind: "int", of: (entry) => entry.row.before.version },
      { name: "before_attempt", kind: "int", of: (entry) => entry.row.before.attempt },
      ...mutable.map((column) => ({
        name: column.name,
        kind: column.kind,
        of: (entry: { row: PaymentChange }) => column.of(entry.row.after),
      })),
    ],
    sql: (from, has) => `update payments t set version = t.version + 1, ${assignments(mutable)}
  from ${from} where ${allowed(has)} and ${samePayment} returning r.i`,
  }),
  section(endedJobGuard),
  section(movedJobGuard),
  // A change with neither is guarded by the unique keys of what it claims.
  section<Change>({
    name: "free",
    rowsOf: (change) => (change.payment || change.job ? nothing : [change]),
    inputs: [indexInput()],
    sql: (from, has) => `select r.i from ${from} where ${allowed(has)}`,
  }),
];

/** The payment's lock, taken before anything is written where there is more to be won. */
export function lockPayment(from: string): string {
  return `select r.i from ${from} join payments t on ${samePayment} for no key update of t`;
}
