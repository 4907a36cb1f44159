/** What happened to a payment, in one ordered list, and one sentence that says why it is where it is and what to do. Pure. */
import { caseKinds } from "./case-kinds.ts";
import { ACTION_EXPIRES_AFTER_MS, AUTHORIZATION_MARGIN_MS, CREATED_EXPIRES_AFTER_MS } from "./constants.ts";
import { masked } from "./email.ts";
import { methodEntries } from "./methods/method.ts";
import type { Attempt, Case, Delivery, DeliveryTry, Exchange, MoneyEvent, Ms, Payment, Refund } from "./model.ts";
import { formatMoney } from "./money.ts";
import { iso } from "./represent.ts";
import { closedWithoutCharge } from "./states.ts";

/** All rows about one payment that are kept. */
export interface History {
  readonly payment: Payment;
  readonly attempts: readonly Attempt[];
  readonly refunds: readonly Refund[];
  readonly exchanges: readonly Exchange[];
  readonly events: readonly MoneyEvent[];
  readonly deliveries: readonly Delivery[];
  readonly tries: readonly DeliveryTry[];
  /** Also those that are resolved. */
  readonly cases: readonly Case[];
  /** That changed or refused something about it, after its creation. */
  readonly requests: readonly HistoricRequest[];
  /** There are more exchanges, deliveries or tries than are read. */
  readonly isCut: boolean;
  /** The audit store does not answer, and has exchanges of it perhaps. */
  readonly lacksExchanges?: boolean;
}

export interface HistoricRequest {
  readonly id: string;
  readonly method: string;
  readonly route: string;
  readonly status: number | null;
  readonly errorCode: string | null;
  readonly at: Ms;
}

export const entryKinds = ["request", "decision", "exchange", "event", "delivery", "case", "person"] as const;

export interface TimelineEntry {
  readonly at: Ms;
  readonly kind: (typeof entryKinds)[number];
  /** Of the row that it is about. */
  readonly id: string;
  readonly text: string;
  /** What the row holds beside; redacted as it is stored. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Oldest first. What happened in one millisecond stands in the order of cause: asked, decided, sent, told. */
export function timelineOf(history: History): readonly TimelineEntry[] {
  const rank = (entry: TimelineEntry): number => entryKinds.indexOf(entry.kind);
  return [
    ...requests(history),
    ...history.attempts.flatMap(decisions),
    ...history.exchanges.map(exchange),
    ...history.events.map(event),
    ...deliveries(history),
    ...history.cases.flatMap(caseEntries),
  ].sort((a, b) => a.at - b.at || rank(a) - rank(b));
}

function requests({ payment, requests: others }: History): TimelineEntry[] {
  const created = {
    at: payment.createdAt,
    kind: "request",
    id: payment.requestId,
    text: `Created: ${money(payment.amount, payment)}.`,
  } as const;
  return [
    created,
    ...others.map(({ id, method, route, status, errorCode, at }): TimelineEntry => {
      const answer = status === null ? "the caller hung up" : `${status}${errorCode === null ? "" : ` ${errorCode}`}`;
      return { at, kind: "request", id, text: `${method} ${route}: ${answer}.` };
    }),
  ];
}

function decisions(attempt: Attempt): TimelineEntry[] {
  const what = `${attempt.operation} ${attempt.n}`;
  const { reason, rule } = attempt.routing;
  const { id } = attempt;
  const begun = `${capital(what)} of ${money(attempt.amount, attempt)} at ${attempt.connector}: ${reason}.`;
  const entries: TimelineEntry[] = [
    {
      at: attempt.createdAt,
      kind: "decision",
      id,
      text: begun,
      details: { account_id: attempt.accountId, rule, gateway_key: attempt.gatewayKey },
    },
  ];
  if (attempt.closedAt !== null) {
    const why = attempt.error === null ? "" : `: ${attempt.error.message}`;
    entries.push({
      at: attempt.closedAt,
      kind: "decision",
      id,
      text: `${capital(what)} ended as ${attempt.status}${why}${why.endsWith(".") ? "" : "."}`,
    });
  }
  if (attempt.lateAt !== null)
    entries.push({
      at: attempt.lateAt,
      kind: "decision",
      id,
      text: `${capital(what)} was closed, and the gateway says now: ${attempt.lateStatus}.`,
    });
  return entries;
}

function exchange(row: Exchange): TimelineEntry {
  const answer = row.status === null ? row.result : `${row.status} (${row.result})`;
  return {
    at: row.startedAt,
    kind: "exchange",
    id: row.id,
    text: `${capital(row.kind)}: ${row.method} ${row.url}, ${answer}, ${row.durationMs} ms.`,
    details: { attempt_id: row.attemptId, request: row.request, response: row.response },
  };
}

function event({ id, type, sequence, createdAt }: MoneyEvent): TimelineEntry {
  return { at: createdAt, kind: "event", id, text: `${type}, number ${sequence} of this payment.` };
}

/** To whom it goes: an endpoint, or an address. */
function receiverOf({ channel, endpointId }: Delivery, { customer }: Payment): string {
  return channel === "email" ? masked(customer?.email ?? "") : endpointId;
}

function deliveries({ deliveries: owed, tries, payment }: History): TimelineEntry[] {
  const byId = new Map(owed.map((delivery) => [delivery.id, delivery]));
  const sent = tries.map(({ deliveryId, n, at, statusCode, error, durationMs }) => {
    const delivery = byId.get(deliveryId);
    const what =
      delivery &&
      `${delivery.channel === "email" ? "the e-mail " : ""}${delivery.eventType} ${delivery.channel === "email" ? "to" : "at"} ${receiverOf(delivery, payment)}`;
    const answer = statusCode === null ? (error ?? "no answer") : String(statusCode);
    return {
      at,
      kind: "delivery",
      id: deliveryId,
      text: `Try ${n} of ${what}: ${answer}, ${durationMs} ms.`,
    } as const;
  });
  return [...sent, ...owed.flatMap((delivery) => byHand(delivery, payment))];
}

function byHand(delivery: Delivery, payment: Payment): TimelineEntry[] {
  const { id, channel, eventType, byHand: acts } = delivery;
  const what = `the ${channel === "email" ? "e-mail" : "webhook"} ${eventType} to ${receiverOf(delivery, payment)}`;
  return (acts ?? []).map(({ action, by, reason, at }) => {
    const why = reason === null ? "." : `: ${reason}`;
    return { at, kind: "person", id, text: `${by} ${action} ${what}${why}` };
  });
}

function caseEntries(row: Case): TimelineEntry[] {
  const entries: TimelineEntry[] = [
    { at: row.openedAt, kind: "case", id: row.id, text: `Case ${row.kind}: ${row.summary}`, details: { evidence: row.evidence } },
  ];
  if (row.resolvedAt === null) return entries;
  entries.push(
    row.resolvedBy === "person"
      ? { at: row.resolvedAt, kind: "person", id: row.id, text: `${row.resolvedByName} resolved the case: ${row.resolution}` }
      : { at: row.resolvedAt, kind: "case", id: row.id, text: `The answer came and resolved the case ${row.kind}.` },
  );
  return entries;
}

type Explained = Pick<History, "payment" | "attempts" | "refunds" | "cases">;

/** One plain sentence or two: where the payment is, why, and what to do. An open case says what a person should do. */
export function explanationOf(history: Explained): string {
  const open = history.cases.filter((row) => row.status === "open");
  const todo = open.map(({ id, kind }) => `Case ${id} (${kind}): ${caseKinds[kind].todo}`);
  return [standing(history), ...refundsUnderWay(history), ...todo].join(" ");
}

function standing(history: Explained): string {
  const { payment, attempts } = history;
  const charge = attempts.find((attempt) => attempt.operation === "charge" && attempt.n === payment.attempt);
  const where = charge?.connector ?? "the gateway";
  const late = takenLate(history);
  switch (payment.status) {
    case "created":
      return `Nothing was sent yet: confirm it, or it is canceled at ${iso(payment.createdAt + CREATED_EXPIRES_AFTER_MS)}.`;
    case "pending":
      return "It waits for a worker to charge it. If it stays so, no worker runs: see /health/ready.";
    case "requires_action":
      return `The shopper must ${dutyOf(payment)} of ${where} until ${iso((charge?.createdAt ?? payment.createdAt) + ACTION_EXPIRES_AFTER_MS)}; send the shopper to next_action.`;
    case "processing":
      return processing(history, charge);
    case "authorized":
      return `${money(payment.amountAuthorized - payment.amountCaptured, payment)} is held at ${where}: capture or void it before ${iso((payment.lapsesAt ?? payment.createdAt) - AUTHORIZATION_MARGIN_MS)}, or it is released.${captured(payment)}`;
    case "succeeded":
      return `${money(payment.amountCaptured, payment)} was taken at ${where}.${refunded(payment)}${whatIsLeft(history)}${late}`;
    case "failed":
      return `${late === "" ? "Nothing was taken" : "It failed"}: ${payment.error?.message ?? "every attempt ended without a charge."}${late} The shopper may try again with a new payment.`;
    case "canceled":
      return late === "" ? "It was called off, and nothing is held or taken." : `It was called off.${late}`;
  }
}

/** What a charge took after it was closed as one that took nothing: in no amount of the payment, and given back. */
function takenLate({ attempts, refunds }: Explained): string {
  const charge = attempts.find(
    ({ operation, status, lateStatus }) =>
      operation === "charge" && closedWithoutCharge.includes(status) && (lateStatus === "succeeded" || lateStatus === "authorized"),
  );
  if (charge === undefined) return "";
  const isBack =
    refunds.some(({ reverses, status }) => reverses === charge.id && status === "succeeded") ||
    attempts.some(({ operation, subject, status }) => operation === "void" && subject === charge.id && status === "succeeded");
  const did = charge.lateStatus === "succeeded" ? "took" : "held";
  const what = `${charge.connector} ${did} ${money(charge.amount, charge)} later all the same`;
  return isBack ? ` ${what}, and gave it back.` : ` ${what}: it must go back, so ship nothing for it.`;
}

/** What the shopper must do, in words of the payment's method. */
function dutyOf({ method, nextAction }: Payment): string {
  const actions = method === null ? {} : methodEntries[method.type].actions;
  return actions[nextAction?.type ?? "redirect"] ?? "finish the challenge";
}

function processing({ payment, cases }: Explained, charge: Attempt | undefined): string {
  const canceling = payment.cancelRequestedAt === null ? "" : " A cancel was asked for: what is taken is given back.";
  if (charge === undefined) return `The charge is about to be sent.${canceling}`;
  const asked = charge.questions === 0 ? "" : ` It was asked ${charge.questions} times so far.`;
  const isMismatched = cases.some(
    ({ kind, subject, status }) => kind === "mismatched_answer" && subject === charge.id && status === "open",
  );
  const why = isMismatched ? "its answer is about something else than was asked for" : "it did not answer";
  const doing: Partial<Record<Attempt["status"], string>> = {
    unknown: `Whether ${charge.connector} took the money is not known: ${why}, so nothing else is tried until it says.${asked} Do not charge the shopper again.`,
    pending: `${charge.connector} works on the charge and will say when it is done.${asked} Wait for the webhook.`,
    calling: `The charge is on its way to ${charge.connector}. Wait for the webhook.`,
    queued: `The charge is about to be sent to ${charge.connector}.`,
  };
  return `${doing[charge.status] ?? `The charge at ${charge.connector} is ${charge.status}.`}${canceling}`;
}

function captured(payment: Payment): string {
  return payment.amountCaptured === 0 ? "" : ` ${money(payment.amountCaptured, payment)} was captured.`;
}

function refunded(payment: Payment): string {
  return payment.amountRefunded === 0 ? "" : ` ${money(payment.amountRefunded, payment)} of it was given back.`;
}

/** Who asked for all of it back ships nothing, also where that is under way or failed. */
function whatIsLeft({ payment, refunds }: Explained): string {
  const left = payment.amountCaptured - payment.amountRefunded;
  if (left <= 0) return " Nothing is left of it.";
  const own = refunds.filter(({ kind }) => kind !== "reversal").toSorted((a, b) => a.createdAt - b.createdAt);
  const last = own.at(-1);
  if (last?.status === "failed")
    return ` The last refund failed${last.error === null ? "." : `: ${last.error.message}`} ${money(left, payment)} can be refunded.`;
  const going = own.filter(isUnderWay).reduce((sum, { amount }) => sum + amount, 0);
  return left > going ? " Ship it." : "";
}

function isUnderWay({ status }: Refund): boolean {
  return status === "pending" || status === "processing";
}

function refundsUnderWay({ refunds }: Explained): string[] {
  const waiting = refunds.filter(isUnderWay);
  if (waiting.length === 0) return [];
  return [waiting.length === 1 ? "One refund is under way." : `${waiting.length} refunds are under way.`];
}

function money(amount: number, { currency }: { readonly currency: string }): string {
  return formatMoney(amount, currency);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
