/** The one way to write a change of a payment: its row, its event with the deliveries, and the parts that go with it. */
import type { Change, Deciding, Part } from "../change.ts";
import type { EventType, RefundEvent } from "../events.ts";
import { isId } from "../ids.ts";
import type { Payment, Attempt, CaseMark, Ms, Refund, Snapshot } from "../model.ts";
import { assertMove, attemptIsOpen, holdsOrder, paymentIsTerminal, paymentMachine } from "../states.ts";
import { failuresEndedBy, none } from "./parts.ts";
import { deliveriesOf, deliveryJob, newEvent } from "./rows.ts";

/** What happens to the payment itself. */
export interface Happening {
  /** The row as it shall be; left out: only its version is raised. */
  readonly after?: Payment;
  readonly event?: Announced;
}

/** An event, and the operation that it ends: `charge`, or the id of a capture, void or refund attempt. About a refund it shows the refund. */
export type Announced =
  | { readonly type: Exclude<EventType, RefundEvent>; readonly closes: string | null; readonly refund?: undefined }
  | { readonly type: RefundEvent; readonly closes: string | null; readonly refund: Refund };

/**
 * The change of this payment: guarded by its row as it was read, with the event and one delivery with its job per endpoint of the
 * merchant. It also frees the order when no money of this payment holds it any more, and closes `dead_job` cases of jobs that it ends or moves.
 * Throws if the payment may not move so: that is a bug of ours.
 */
export function changeOf(at: Deciding, { after: wanted = at.snapshot.payment, event }: Happening, ...parts: readonly Part[]): Change {
  const before = at.snapshot.payment;
  const after = wanted.status === before.status ? wanted : moved(before, wanted, at.context.now);
  const part = parts.reduce(merge, none);
  const cases = failuresEndedBy(at, part);
  const announced = event ? announce(at, after, event, { attempts: part.attempts, refunds: part.refunds, cases }) : null;
  const orderId = before.orderId ?? undefined;
  // Member by member: V8 takes microseconds for each literal that adds members to a spread.
  return {
    merchantId: before.merchantId,
    mode: before.mode,
    payment: { before, after: announced?.payment ?? after },
    job: part.job,
    attempts: part.attempts,
    refunds: part.refunds,
    exchanges: part.exchanges,
    inbox: part.inbox,
    jobs: announced ? joined(part.jobs, announced.jobs) : part.jobs,
    idempotency: part.idempotency,
    takeOrder: part.takeOrder,
    orders: orderOf(before, after, event),
    cases,
    events: announced?.events,
    deliveries: announced?.deliveries,
    releaseOrder: holdsOrder(before) && !holdsOrder(after) ? orderId : undefined,
    // A refund that the gateway takes back. A confirm takes its order itself, since it must not go on without it.
    regainOrder: !holdsOrder(before) && holdsOrder(after) && before.status !== "created" ? orderId : undefined,
  };
}

/** An order of ours follows its payments: attempted with the first attempt, and paid by what a shop ships on. */
function orderOf(before: Payment, after: Payment, event: Announced | undefined): Change["orders"] {
  const id = before.orderId;
  if (id === null || !isId("ord", id)) return undefined;
  if (event?.type === "payment.succeeded") return { move: [{ id, status: "paid", amountPaid: after.amountCaptured }] };
  return before.attempt === 0 && after.attempt > 0 ? { move: [{ id, status: "attempted", amountPaid: 0 }] } : undefined;
}

function moved(before: Payment, after: Payment, now: Ms): Payment {
  assertMove(paymentMachine, before.status, after.status);
  return paymentIsTerminal(after.status) ? { ...after, finalizedAt: now } : after;
}

/** The event shows the payment as this change leaves it; attempts that it starts have events of their own later. */
function announce(
  { snapshot, context }: Deciding,
  after: Payment,
  { type, closes, refund }: Announced,
  part: Pick<Part, "attempts" | "refunds" | "cases">,
) {
  const payment = { ...after, sequence: after.sequence + 1 };
  const attempts = replaced(snapshot.attempts, part.attempts?.update);
  const cases = casesAfter(snapshot.cases, part.cases);
  const refunds = replaced(replaced(snapshot.refunds, part.refunds?.update), part.refunds?.insert);
  const event = newEvent(payment, { type, closes, refund, attempts, refunds, cases }, context);
  const deliveries = deliveriesOf(event, snapshot.endpoints, context, after.customer?.email !== undefined);
  return {
    payment,
    events: [event],
    deliveries: { insert: deliveries },
    jobs: { insert: deliveries.map((delivery) => deliveryJob(delivery, context)) },
  };
}

/** Both parts in one: lists are joined. What only one may name (a guard, a key, an order) is the later one's. */
function merge(a: Part, b: Part): Part {
  if (a === none || b === none) return a === none ? b : a;
  return {
    job: b.job ?? a.job,
    attempts: joined(a.attempts, b.attempts),
    refunds: joined(a.refunds, b.refunds),
    exchanges: b.exchanges ?? a.exchanges,
    cases: joined(a.cases, b.cases),
    inbox: joined(a.inbox, b.inbox),
    jobs: joined(a.jobs, b.jobs),
    idempotency: b.idempotency ?? a.idempotency,
    takeOrder: b.takeOrder ?? a.takeOrder,
  };
}

/** Lists of the same name, one after the other. */
function joined<Lists extends object>(a: Lists | undefined, b: Lists | undefined): Lists | undefined {
  if (!a || !b) return a ?? b;
  const all = { ...a } as Record<string, readonly unknown[] | undefined>;
  for (const [name, list] of Object.entries(b) as [string, readonly unknown[] | undefined][])
    all[name] = all[name] && list ? [...all[name], ...list] : (all[name] ?? list);
  return all as Lists;
}

/** Finding rows in a snapshot, and the snapshot after a change. */

/** The charge attempt whose outcome moves the payment. */
export function currentCharge({ attempts, payment }: Snapshot): Attempt | undefined {
  return attempts.find((attempt) => attempt.operation === "charge" && attempt.n === payment.attempt);
}

/** An attempt on the payment itself that has no definitive outcome yet. Refunds work on their own subject. */
export function openAttempt({ attempts, payment }: Snapshot): Attempt | undefined {
  return attempts.find((attempt) => attempt.subject === payment.id && attemptIsOpen(attempt.status));
}

export function refundOf({ refunds }: Snapshot, attempt: Attempt): Refund {
  const refund = refunds.find((row) => row.id === attempt.refundId);
  if (!refund) throw new Error(`refund attempt ${attempt.id} has no refund`);
  return refund;
}

/** `rows` with these in place of their older selves; new ones stand at the end. */
export function replaced<Row extends { readonly id: string }>(rows: readonly Row[], changed: readonly Row[] = []): readonly Row[] {
  if (changed.length === 0) return rows;
  const fresh = new Map(changed.map((row) => [row.id, row]));
  const known = rows.map((row) => {
    const next = fresh.get(row.id);
    fresh.delete(row.id);
    return next ?? row;
  });
  return [...known, ...fresh.values()];
}

/**
 * The snapshot as an applied change leaves it: what the store would load next, as long as nobody else writes. Endpoints and accounts
 * are not a change's business and stay as they were.
 */
export function applied(snapshot: Snapshot, change: Change): Snapshot {
  return {
    ...snapshot,
    payment: change.payment ? { ...change.payment.after, version: change.payment.before.version + 1 } : snapshot.payment,
    attempts: replaced(replaced(snapshot.attempts, change.attempts?.update), change.attempts?.insert),
    refunds: replaced(replaced(snapshot.refunds, change.refunds?.update), change.refunds?.insert),
    cases: casesAfter(snapshot.cases, change.cases),
  };
}

/** What the answer ended is gone; what a person resolved stays. */
export function casesAfter(cases: Snapshot["cases"], { open = [], resolve = [] }: Change["cases"] = {}): Snapshot["cases"] {
  if (open.length + resolve.length === 0) return cases;
  const ended = (row: CaseMark) =>
    row.status === "open" && resolve.some(({ kind, subject }) => kind === row.kind && subject === row.subject);
  return [...cases.filter((row) => !ended(row)), ...open];
}

/** What the end of an attempt does to what it works on. The closed attempt itself goes with the change already. */
export interface Settled extends Happening {
  readonly parts?: readonly Part[];
}
