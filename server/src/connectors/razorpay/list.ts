/**
 * What Razorpay has of an account, for the settlement sweep: its payments of a span page by page, then its refunds of the same span. Payments of one
 * order are one charge, as elsewhere. A capture has no entity of its own: its charge shows it. One account at Razorpay may serve several of ours, and
 * other programs: what names another account comes with that name, and what a stranger made without any.
 */
import { GATEWAY_MAX_LIST_BYTES } from "../../core/constants.ts";
import type { ConnectorAccount, Ms } from "../../core/model.ts";
import type { Listed, ListQuery, ListReply } from "../../core/ports/connector.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import { exchange, isObject, parse, type ClientDeps, type Shown } from "../exchange.ts";
import { captureMethodOf, chargeOutcome, decisive, keyOf, notesOf, refundOutcome, secondsOf, textOf } from "./map.ts";
import { authorizationOf } from "./requests.ts";

type Kind = "payments" | "refunds";

/** Razorpay takes 100 at most. Each refund that somebody made by hand needs its payment, so fewer are read at once. */
const pages: Readonly<Record<Kind, number>> = { payments: 100, refunds: 25 };

/** "from must be between 946684800 and 4765046400", Razorpay answers otherwise: the year 2000. */
const FROM_MIN_S = 946_684_800;

/** Where a page begins: `to` is the newest second that it shows, in which so many were read before. */
interface Place {
  readonly kind: Kind;
  readonly to: number;
  readonly skip: number;
}

export async function listEntities(deps: ClientDeps, account: ConnectorAccount, query: ListQuery): Promise<ListReply> {
  // Razorpay counts in seconds: a span that begins or ends within one has all of it.
  const from = Math.max(FROM_MIN_S, Math.floor(query.from / 1_000));
  const newest = Math.max(FROM_MIN_S, Math.ceil(query.before / 1_000));
  const place = placeOf(query.cursor) ?? { kind: query.only ?? "payments", to: newest, skip: 0 };
  const { kind, to, skip } = place;
  const result = await get(deps, account, `${kind}?from=${from}&to=${to}&count=${pages[kind]}&skip=${skip}`);
  if (result.kind !== "answer") return { ok: false, reason: result.reason };
  if (result.status !== 200) return { ok: false, reason: `status ${result.status}` };
  const rows = rowsIn(result.body);
  if (rows === null) return { ok: false, reason: `the list of ${kind} can't be read` };
  if (kind === "payments")
    return { ok: true, entries: chargesIn(rows, account, deps.clock.now()), cursor: cursorAfter(place, rows, newest) };
  const refunds = await refundsIn(deps, account, rows);
  if ("failure" in refunds) return { ok: false, reason: refunds.failure };
  const { entries, read } = refunds;
  // The rest of a page that took too long is the next page.
  const cursor = read < rows.length ? `${kind}:${to}:${skip + read}` : cursorAfter(place, rows, newest);
  return { ok: true, entries, cursor };
}

function get(deps: ClientDeps, account: ConnectorAccount, path: string): Promise<HttpResult> {
  const headers = { authorization: authorizationOf(account) };
  const asked = { kind: "question", method: "GET", headers, body: null, evidence: null, maxBytes: GATEWAY_MAX_LIST_BYTES } as const;
  return exchange(deps, { ...asked, path: `/v1/${path}`, shownAs: () => "" }).then(({ result }) => result);
}

interface Row {
  readonly id: string;
  readonly createdAt: Ms;
  readonly shown: Shown;
}

/** Null: it can't be read. To leave one out would be to say that it is not there. */
function rowsIn(text: string): readonly Row[] | null {
  const body = parse(text);
  const items = body?.["items"];
  if (!Array.isArray(items)) return null;
  const rows: Row[] = [];
  for (const shown of items as readonly unknown[]) {
    const id = isObject(shown) ? textOf(shown["id"]) : null;
    const createdAt = isObject(shown) ? secondsOf(shown) : null;
    if (!isObject(shown) || id === null || createdAt === null) return null;
    // The next page begins at the end of this one, so an order that nobody documented would lose some.
    if (rows.length > 0 && createdAt > rows.at(-1)!.createdAt) return null;
    rows.push({ id, createdAt, shown });
  }
  return rows;
}

function placeOf(cursor: string | null): Place | null {
  const [kind, to, skip] = cursor?.split(":") ?? [];
  return kind === undefined ? null : { kind: kind === "refunds" ? "refunds" : "payments", to: Number(to), skip: Number(skip) };
}

/**
 * The newest come first, so what is made meanwhile pushes the others to later places. The next page therefore begins by time, with the whole of the
 * second in which this one ended, and the one after it, since nobody documented whether `to` is within: what is read twice is no matter, what is
 * missed would be. Places count only within the two seconds that fill a page.
 */
function cursorAfter({ kind, to, skip }: Place, rows: readonly Row[], newest: number): string | null {
  if (rows.length < pages[kind]) return kind === "payments" ? `refunds:${newest}:0` : null;
  const next = rows.at(-1)!.createdAt / 1_000 + 1;
  return next < to ? `${kind}:${next}:0` : `${kind}:${to}:${skip + rows.length}`;
}

function chargesIn(rows: readonly Row[], account: ConnectorAccount, now: Ms): readonly Listed[] {
  const orders = new Map<string, Row[]>();
  for (const row of rows) {
    // A payment without an order is its own.
    const reference = textOf(row.shown["order_id"]) ?? row.id;
    orders.set(reference, [...(orders.get(reference) ?? []), row]);
  }
  return [...orders].map(([reference, payments]) => chargeIn(reference, payments, { account, now }));
}

/** If payments of the order stand on another page or in another span, this says too little: it is a reason to ask for the order, never an answer. */
function chargeIn(reference: string, rows: readonly Row[], { account, now }: { account: ConnectorAccount; now: Ms }): Listed {
  const payment = decisive(rows.map(({ shown }) => shown))!;
  const { createdAt } = rows.find(({ shown }) => shown === payment)!;
  const named = rows.map(({ shown }) => shown).find((shown) => accountOf(shown) !== null) ?? payment;
  const gatewayKey = accountOf(named) === account.id ? keyOf(named) : null;
  const captureMethod = gatewayKey === null ? "manual" : captureMethodOf(named);
  const outcome = chargeOutcome({ ...payment, order_id: reference }, { captureMethod, nextAction: null, now });
  return { operation: "charge", gatewayKey, reference, outcome, createdAt, owner: ownerOf(named, reference, account) };
}

type Refunds = { readonly entries: readonly Listed[]; readonly read: number } | { readonly failure: string };

/** Payments of refunds are asked for so long: whoever reads the list does so under a lease. */
const LOOKING_MS = 5_000;

async function refundsIn(deps: ClientDeps, account: ConnectorAccount, rows: readonly Row[]): Promise<Refunds> {
  const entries: Listed[] = [];
  const until = deps.clock.now() + LOOKING_MS;
  for (const [read, { id, createdAt, shown }] of rows.entries()) {
    if (deps.clock.now() > until) return { entries, read };
    const isNamed = accountOf(shown) !== null;
    // One by hand names nobody, and neither does Razorpay's own: the payment that it belongs to says whose it is.
    const paid = isNamed ? { payment: null } : await paymentOf(deps, account, shown);
    if ("failure" in paid) return paid;
    const { payment } = paid;
    // A hold that was given back: no money was taken, and its payment says that it has ended.
    if (payment?.["captured"] === false) continue;
    const gatewayKey = accountOf(shown) === account.id ? keyOf(shown) : null;
    const owner = payment === null ? ownerOf(shown, id, account) : ownerOf(payment, textOf(payment["order_id"]), account);
    entries.push({ operation: "refund", gatewayKey, reference: id, outcome: refundOutcome(shown), createdAt, owner });
  }
  return { entries, read: rows.length };
}

/** The payment of a refund; null: Razorpay shows none. */
async function paymentOf(
  deps: ClientDeps,
  account: ConnectorAccount,
  refund: Shown,
): Promise<{ readonly payment: Shown | null } | { readonly failure: string }> {
  const id = textOf(refund["payment_id"]);
  if (id === null) return { payment: null };
  const result = await get(deps, account, `payments/${encodeURIComponent(id)}`);
  if (result.kind !== "answer") return { failure: result.reason };
  if (result.status === 429 || result.status >= 500) return { failure: `status ${result.status}` };
  if (result.status !== 200) return { payment: null };
  const payment = parse(result.body);
  return payment?.["id"] === id ? { payment } : { failure: "the payment of a refund can't be read" };
}

/** @param reference by which the attempt of that account would know it */
function ownerOf(entity: Shown, reference: string | null, account: ConnectorAccount): Listed["owner"] {
  const accountId = accountOf(entity);
  return accountId === null || accountId === account.id || reference === null
    ? undefined
    : { accountId, gatewayKey: keyOf(entity), reference };
}

function accountOf(entity: Shown): string | null {
  return textOf(notesOf(entity)["tillway_account"]);
}
