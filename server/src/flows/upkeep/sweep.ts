/**
 * The settlement sweep: what the gateway has is compared with our attempts, closed ones too, span by span. It finds what neither answer,
 * question nor webhook told: a charge that came late, one that nobody knows, one that is not there.
 */
import { newCase } from "../../core/change/parts.ts";
import { newJob } from "../../core/change/rows.ts";
import {
  LATE_TRUTH_MS,
  SWEEP_EVERY_MS,
  SWEEP_PAGE,
  SWEEP_PAGES_MAX,
  SWEEP_READING_MS,
  SWEEP_RETRY_MS,
  SWEEP_SLACK_MS,
  SWEEP_SPAN_MAX_MS,
  SWEEP_SPAN_MIN_MS,
  SWEEPS_PLANNED_MAX,
  sweepLane,
} from "../../core/sweeps.ts";
import { TillwayError } from "../../core/errors.ts";
import { contradicts } from "../../core/decide/gateway-event.ts";
import { decideOutcome } from "../../core/decide/settle/outcome.ts";
import { formatMoney } from "../../core/money.ts";
import type { Attempt, ConnectorAccount, Job, Ms, Scope, Sweep } from "../../core/model.ts";
import { isTruth } from "../../core/outcome.ts";
import { RESTORE_LOOK_MS } from "../../core/restore.ts";
import type { Connector, Listed } from "../../core/ports/connector.ts";
import { attemptIsOpen } from "../../core/states.ts";
import { commit, contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { callGateway, settle, speak } from "../gateway.ts";
import { lostSpan } from "../restore/sweeps.ts";
import { obsolete, retryAt, type Handled } from "../jobs/handled.ts";

/** The sweep of one account: as much of the walk as one lease allows, and the time of the next. */
export async function sweepAccount(deps: Deps, job: Job): Promise<Handled> {
  const account = await deps.settings.account(job.subject);
  const connector = account && deps.connectors.get(account.connector);
  if (!account || !connector?.list) return obsolete;
  const now = deps.clock.now();
  const known = (await deps.settings.sweep(account)) ?? never(account);
  const lost = await lostSpan(deps, known, connector.capabilities);
  if (lost === "too early") return retryAt(now + RESTORE_LOOK_MS);
  const sweep = begun(lost ? { ...known, ...lost } : known, connector, now);
  const span = nextSpan(sweep, connector);
  const listed = await listSpan(deps, connector, account, span);
  if (listed === "too much") {
    const spanMs = Math.max(SWEEP_SPAN_MIN_MS, Math.floor((span.before - span.from) / 2));
    return goOn(deps, { ...sweep, spanMs }, now);
  }
  if ("failure" in listed) {
    deps.log.warn({ account: account.id, error: listed.failure }, "the gateway's list could not be read; the sweep goes on later");
    return goOn(deps, { ...sweep, failure: listed.failure }, now + SWEEP_RETRY_MS);
  }
  const entries = listed.filter(({ createdAt }) => createdAt >= span.from && createdAt < span.before);
  const found = (await compareEach(deps, account, entries)) + (await lookForMissing(deps, account, { ...span, listed }));
  const after = { ...sweep, seen: sweep.seen + entries.length, found: sweep.found + found, failure: null };
  if (span.before < sweep.walk.until) {
    const spanMs = Math.min(SWEEP_SPAN_MAX_MS, sweep.spanMs * 2);
    return goOn(deps, { ...after, spanMs, walk: { ...sweep.walk, at: span.before } }, now);
  }
  deps.log.info({ account: account.id, seen: after.seen, found: after.found }, "an account was compared with its gateway");
  return goOn(deps, { ...after, walk: null, sweptUntil: sweep.walk.until, finishedAt: now }, now + SWEEP_EVERY_MS);
}

async function goOn(deps: Deps, sweep: Sweep, at: Ms): Promise<Handled> {
  await deps.settings.putSweep(sweep);
  return retryAt(at);
}

function never({ merchantId, mode, id, createdAt }: ConnectorAccount): Sweep {
  return {
    merchantId,
    mode,
    accountId: id,
    sweptUntil: createdAt,
    walk: null,
    spanMs: SWEEP_SPAN_MAX_MS,
    finishedAt: null,
    seen: 0,
    found: 0,
    failure: null,
  };
}

type Begun = Sweep & { readonly walk: NonNullable<Sweep["walk"]> };

/** The walk that is under way, or a new one: from as far back as the gateway may change its word, to what has settled by now. */
function begun(sweep: Sweep, { capabilities }: Connector, now: Ms): Begun {
  if (sweep.walk !== null) return { ...sweep, walk: sweep.walk };
  const at = sweep.sweptUntil - Math.max(lateTruthMs(capabilities), capabilities.lateRefundMs ?? 0);
  return { ...sweep, seen: 0, found: 0, walk: { at, until: Math.max(at, now - capabilities.settleTimeMs - SWEEP_SLACK_MS) } };
}

interface Span {
  readonly from: Ms;
  readonly before: Ms;
  /** It lies so far back that of what is in it only refunds may still change. */
  readonly only?: "refunds";
}

function nextSpan({ walk, spanMs, sweptUntil }: Begun, { capabilities }: Connector): Span {
  const before = Math.min(walk.until, walk.at + spanMs);
  return { from: walk.at, before, only: before <= sweptUntil - lateTruthMs(capabilities) ? "refunds" : undefined };
}

function lateTruthMs(capabilities: Connector["capabilities"]): Ms {
  return capabilities.lateTruthMs ?? LATE_TRUTH_MS;
}

/** All that the gateway has in this span and a little beside it: its clock and ours differ. Too much: not all of it came in time. */
async function listSpan(
  { clock }: Deps,
  connector: Connector,
  account: ConnectorAccount,
  { from, before, only }: Span,
): Promise<readonly Listed[] | "too much" | { readonly failure: string }> {
  const entries: Listed[] = [];
  const until = clock.now() + SWEEP_READING_MS;
  let cursor: string | null = null;
  for (let page = 0; page < SWEEP_PAGES_MAX && clock.now() < until; page++) {
    const reply = await connector.list!(account, { from: from - SWEEP_SLACK_MS, before: before + SWEEP_SLACK_MS, cursor, only });
    if (!reply.ok) return { failure: reply.reason };
    entries.push(...reply.entries);
    if (reply.cursor === null) return entries;
    cursor = reply.cursor;
  }
  // A minute with more than this is compared as far as it was read.
  return before - from > SWEEP_SPAN_MIN_MS ? "too much" : entries;
}

/** How many said something new. */
async function compareEach(deps: Deps, account: ConnectorAccount, listed: readonly Listed[]): Promise<number> {
  let found = 0;
  for (const entry of listed) {
    const attempt = await deps.store.findAttempt(account.id, entry);
    if (attempt ? await compare(deps, attempt, entry) : await noteUnknown(deps, account, entry)) found++;
  }
  return found;
}

/** The list may lag behind the gateway itself, so what it says is a reason to ask, and the answer is what counts. */
async function compare(deps: Deps, attempt: Attempt, { reference, outcome }: Listed): Promise<boolean> {
  const known = attempt.lateStatus ?? attempt.status;
  const isNews = attemptIsOpen(attempt.status) ? isTruth(outcome) : contradicts(attempt, outcome) && outcome.kind !== known;
  if (!isNews) return false;
  const snapshot = await deps.store.load(attempt, attempt.paymentId);
  if (!snapshot) return false;
  // What would change nothing, such as the end of a hold that we captured or voided ourselves, is not asked about four times a day.
  if ("nothing" in decideOutcome(snapshot, { attemptId: attempt.id, outcome, exchanges: [] }, contextOf(deps))) return false;
  const reply = await callGateway(deps, snapshot.payment, attempt, (connector, call) => connector.retrieve(call, reference));
  return isTruth(reply.outcome) && (await settle(deps, attempt, reply)) === "applied";
}

async function noteUnknown(deps: Deps, account: ConnectorAccount, entry: Listed): Promise<boolean> {
  if (entry.outcome.kind !== "succeeded" && entry.outcome.kind !== "authorized") return false;
  if (await isAnothers(deps, account, entry)) return false;
  const { amount, currency } = entry.outcome.figures;
  const summary = `${account.connector} lists a ${entry.operation} ${entry.reference} of ${formatMoney(amount, currency)} for account ${account.id}, which no attempt made.`;
  const gatewayKey = entry.gatewayKey ?? entry.owner?.gatewayKey ?? null;
  const evidence = { account_id: account.id, reference: entry.reference, gateway_key: gatewayKey, outcome: entry.outcome.kind };
  return openOnce(deps, account, {
    kind: "unknown_charge",
    subject: `${account.id} ${entry.reference}`,
    paymentId: null,
    summary,
    evidence,
  });
}

/**
 * Two accounts of ours may be one at the gateway, and each list has what both made. That is the matter of the account that it names, if that
 * account has an attempt of the key and it is about this very object. The key of another installation says nothing here.
 */
async function isAnothers(deps: Deps, { connector }: ConnectorAccount, { owner }: Listed): Promise<boolean> {
  if (owner === undefined || owner.gatewayKey === null) return false;
  const attempt = await deps.store.findAttempt(owner.accountId, { gatewayKey: owner.gatewayKey, reference: null });
  if (attempt?.connector !== connector) return false;
  const known = [attempt.gatewayReference, attempt.lateReference].filter((reference) => reference !== null);
  // Not heard of yet: its own account's sweep is about to.
  return known.length === 0 || known.includes(owner.reference);
}

/** What counts as successful here, and is in no list: asked for by its reference, since the list may lag behind. */
async function lookForMissing(deps: Deps, account: ConnectorAccount, { listed, ...span }: Span & { readonly listed: readonly Listed[] }) {
  const keys = new Set(listed.map((entry) => entry.gatewayKey));
  const references = new Set(listed.map((entry) => entry.reference));
  let found = 0;
  for (const attempt of await deps.store.settledAttempts(account, span, SWEEP_PAGES_MAX * SWEEP_PAGE)) {
    if (span.only === "refunds" && attempt.operation !== "refund") continue;
    if (keys.has(attempt.gatewayKey) || references.has(attempt.gatewayReference ?? "") || attempt.gatewayReference === null) continue;
    const snapshot = await deps.store.load(attempt, attempt.paymentId);
    if (!snapshot) continue;
    const { outcome } = await speak(deps, snapshot.payment, attempt, (connector, call) =>
      connector.retrieve(call, attempt.gatewayReference!),
    );
    if (outcome.kind !== "not_found") continue;
    const summary = `The ${attempt.operation} ${attempt.id} counts as successful, and ${account.connector} knows no ${attempt.gatewayReference}.`;
    const evidence = { account_id: account.id, reference: attempt.gatewayReference, gateway_key: attempt.gatewayKey };
    const content = { kind: "missing_charge", subject: attempt.id, paymentId: attempt.paymentId, summary, evidence } as const;
    if (await openOnce(deps, account, content)) found++;
  }
  return found;
}

/** Unless it is open, or a person has resolved it: the same would be found again by each sweep. */
async function openOnce(deps: Deps, account: ConnectorAccount, content: Parameters<typeof newCase>[1]): Promise<boolean> {
  if (await deps.store.latestCase(account, content)) return false;
  const { merchantId, mode } = account;
  await commit(deps, { merchantId, mode, cases: { open: [newCase(account, content, contextOf(deps))] } });
  return true;
}

/** How far the sweep of an account has come; null: it was never swept. Throws `TillwayError` not_found. */
export async function sweepOf(deps: Deps, scope: Scope, accountId: string): Promise<Sweep | null> {
  return deps.settings.sweep(await ownAccount(deps, scope, accountId));
}

/**
 * Begins now what was planned for later. Throws `TillwayError` not_found, or invalid_state if the account's gateway has no list or the account
 * is disabled.
 */
export async function sweepNow(deps: Deps, scope: Scope, accountId: string): Promise<Sweep | null> {
  const account = await ownAccount(deps, scope, accountId);
  if (!deps.connectors.get(account.connector)?.list)
    throw new TillwayError("invalid_state", { message: `${account.connector} has no list of payments that could be compared.` });
  if (account.status !== "enabled") throw new TillwayError("invalid_state", { message: "The account is disabled. Enable it first." });
  const now = deps.clock.now();
  await planSweeps(deps);
  await deps.store.hurryJobs(sweepLane(account.id), { kinds: ["sweep"], beyond: now, from: now, gapMs: 0, limit: 1 });
  deps.queue.hint(["payment-queue"]);
  return deps.settings.sweep(account);
}

async function ownAccount(deps: Deps, { merchantId, mode }: Scope, id: string): Promise<ConnectorAccount> {
  const account = await deps.settings.account(id);
  if (account?.merchantId !== merchantId || account.mode !== mode) throw new TillwayError("not_found", { param: "id" });
  return account;
}

/** Each enabled account whose gateway has a list gets a sweep, whenever it was made. */
export async function planSweeps(deps: Deps): Promise<number> {
  const listing = [...deps.connectors.values()].filter((connector) => connector.list !== undefined).map(({ name }) => name);
  if (listing.length === 0) return 0;
  const accounts = await deps.settings.unsweptAccounts(listing, SWEEPS_PLANNED_MAX);
  const context = contextOf(deps);
  for (const { merchantId, mode, id } of accounts) {
    const job = newJob({ merchantId, mode }, { queue: "payment-queue", kind: "sweep", subject: id, lane: sweepLane(id) }, context);
    await commit(deps, { merchantId, mode, jobs: { insert: [job] } });
  }
  return accounts.length;
}
