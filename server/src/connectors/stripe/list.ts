/**
 * What Stripe has of an account, for the settlement sweep: its intents of a span page by page, then its refunds of the same span. One account at
 * Stripe may serve several of ours, and other programs: what names another account comes with that name, and what a stranger made without any.
 */
import { GATEWAY_MAX_LIST_BYTES } from "../../core/constants.ts";
import type { ConnectorAccount } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Listed, ListQuery, ListReply } from "../../core/ports/connector.ts";
import { exchange, isObject, parse, type Shown } from "../exchange.ts";
import { INTENTS } from "./charge.ts";
import { encodeForm, headersOf, type Form, type StripeDeps } from "./client.ts";
import { accountIn, chargeIn, figures, idIn, keyIn, refundIn } from "./read.ts";

type Kind = "intents" | "refunds";

const PAGE = 100;
/** A refund by hand names nobody: the intent that it belongs to says whose it is. */
const lists: Readonly<Record<Kind, { readonly path: string; readonly form: Form }>> = {
  intents: { path: INTENTS, form: {} },
  refunds: { path: "/v1/refunds", form: { "expand[0]": "data.payment_intent" } },
};

export async function listObjects(deps: StripeDeps, account: ConnectorAccount, query: ListQuery): Promise<ListReply> {
  const { kind, after } = placeOf(query);
  const { path, form } = lists[kind];
  const text = encodeForm({ ...spanOf(query), limit: PAGE, starting_after: after, ...form });
  const { result } = await exchange(deps, {
    kind: "question",
    method: "GET",
    path: `${path}?${text}`,
    headers: headersOf(account),
    body: null,
    evidence: null,
    shownAs: () => "",
    maxBytes: GATEWAY_MAX_LIST_BYTES,
  });
  if (result.kind !== "answer") return { ok: false, reason: result.reason };
  if (result.status !== 200) return { ok: false, reason: `status ${result.status}` };
  const body = parse(result.body);
  return body === null ? unreadable(kind) : pageIn(body, kind, account);
}

/** Where the page begins: `intents:pi_…` is after this intent, `refunds:` at the first refund. */
function placeOf({ cursor, only }: ListQuery): { readonly kind: Kind; readonly after: string | undefined } {
  const [kind, after] = cursor === null ? [only] : cursor.split(":");
  return { kind: kind === "refunds" ? "refunds" : "intents", after: after === "" ? undefined : after };
}

/** Stripe counts in seconds: a span that begins or ends within one has all of it. */
function spanOf({ from, before }: ListQuery): Form {
  return { "created[gte]": Math.max(0, Math.floor(from / 1_000)), "created[lt]": Math.max(0, Math.ceil(before / 1_000)) };
}

function pageIn(body: Shown, kind: Kind, account: ConnectorAccount): ListReply {
  const { data, has_more: hasMore } = body;
  if (!Array.isArray(data) || typeof hasMore !== "boolean") return unreadable(kind);
  const entries: Listed[] = [];
  for (const row of data as readonly unknown[]) {
    const entry = isObject(row) ? entryOf(row, kind, account) : null;
    // To leave it out would be to say that it is not there.
    if (entry === null) return unreadable(kind);
    entries.push(entry);
  }
  const last: unknown = data.at(-1);
  const after = isObject(last) ? idIn(last) : null;
  if (hasMore && after === null) return unreadable(kind);
  return { ok: true, entries, cursor: hasMore ? `${kind}:${after}` : kind === "intents" ? "refunds:" : null };
}

function unreadable(kind: Kind): ListReply {
  return { ok: false, reason: `the list of ${kind} can't be read` };
}

/** Null: it can't be read. */
function entryOf(row: Shown, kind: Kind, account: ConnectorAccount): Listed | null {
  const reference = idIn(row);
  const createdAt = row["created"];
  if (reference === null || typeof createdAt !== "number" || !Number.isSafeInteger(createdAt * 1_000)) return null;
  const gatewayKey = accountIn(row) === account.id ? keyIn(row) : null;
  const outcome = kind === "refunds" ? refundIn(row) : listedCharge(row, reference, gatewayKey !== null);
  const operation = kind === "refunds" ? "refund" : "charge";
  return { operation, gatewayKey, reference, outcome, createdAt: createdAt * 1_000, owner: ownerOf(row, account) };
}

/** A refund by hand names nobody: then it is the matter of whoever made its charge. */
function ownerOf(row: Shown, account: ConnectorAccount): Listed["owner"] {
  const intent = row["payment_intent"];
  const named = accountIn(row) === null && isObject(intent) ? intent : row;
  const accountId = accountIn(named);
  const reference = idIn(named);
  return accountId === null || accountId === account.id || reference === null
    ? undefined
    : { accountId, gatewayKey: keyIn(named), reference };
}

/** What was not begun is read as work under way: to ask is the business of its own job. */
function listedCharge(intent: Shown, reference: string, isOurs: boolean): Outcome {
  const charge = chargeIn(intent);
  if (charge.kind === "not_begun") return { kind: "pending", reference };
  // A part of a hold was captured: that is the word about the capture. Of the charge it says that all of it was held.
  const isPart = intent["capture_method"] === "manual" && charge.kind === "succeeded" && intent["amount_received"] !== intent["amount"];
  return isOurs && isPart ? { kind: "authorized", reference, figures: figures(intent, "amount"), lapsesAt: null } : charge;
}
