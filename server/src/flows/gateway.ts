import {
  GATEWAY_AWAY_AFTER_MS,
  HEARD_ACCOUNTS_MAX,
  HURRY_BEYOND_MS,
  HURRY_EVERY_MS,
  HURRY_GAP_MS,
  HURRY_MAX,
  PROBE_GAP_MS,
  PROBE_SILENCE_SHARE,
  QUESTION_SCHEDULE_MS,
  SEND_WITHIN_MS,
} from "../core/constants.ts";
import type { AccountRow, Attempt, Ms, Payment, Snapshot } from "../core/model.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Call, Connector, Reply } from "../core/ports/connector.ts";
import type { Hurry } from "../core/ports/store.ts";
import { mayBeOfOtherBooks } from "../core/accounts.ts";
import { maySendAgain } from "../core/decide/ask/plan.ts";
import { decideOutcome, type OutcomeCommand } from "../core/decide/settle/outcome.ts";
import { attemptIsOpen } from "../core/states.ts";
import { decideAndCommit } from "./commit.ts";
import { ownedByDeps, type Deps } from "./deps.ts";
import { noteCall } from "./health.ts";
import { noteTooMany, turnOf, type Turn } from "./pace.ts";
import { noteSend } from "./repeats.ts";

type Talk = (connector: Connector, call: Call) => Promise<Reply>;

interface Conversation {
  readonly talk: Talk;
  readonly word: Pick<OutcomeCommand, "send" | "notFoundBefore">;
  /** Of the job that calls. */
  readonly traceparent: string | null;
}

/** Calls the gateway about an attempt and settles what it says, and looks after what else waits for it if it is back, or is silent. */
export async function consult(deps: Deps, snapshot: Snapshot, attempt: Attempt, { talk, word, traceparent }: Conversation): Promise<void> {
  if (word.send !== undefined) {
    const turn = turnOf(deps, attempt);
    if (!turn.ok) return void (await settle(deps, attempt, { ...word, ...putOff(attempt, turn, deps.clock.now()) }, snapshot));
  }
  const leftAt = deps.clock.now();
  const traced: Talk = traceparent === null ? talk : (connector, call) => talk(connector, { ...call, traceparent });
  const reply = await noted(deps, attempt, () => callGateway(deps, snapshot.payment, attempt, traced));
  if (reply.outcome.kind === "throttled") noteTooMany(deps, attempt);
  if (word.send !== undefined) noteSend(deps, attempt, reply.outcome);
  const found = hear(deps, attempt, reply.outcome, leftAt);
  // While this attempt's own job is held: it has just been asked.
  if (found === "back") await hurryAll(deps, attempt);
  const { send, notFoundBefore } = word;
  await settle(deps, attempt, { outcome: reply.outcome, exchanges: reply.exchanges, send, notFoundBefore }, snapshot);
  if (found === "silent") await probe(deps, attempt);
  if (found === "overtaken" && word.send === undefined) await hurryOne(deps, attempt);
}

/** As if the gateway had said "too many": nothing was sent, and it will be. Kept as evidence, so that a timeline says why it took longer. */
function putOff(attempt: Attempt, { waitMs }: Extract<Turn, { ok: false }>, now: Ms): Reply {
  const kind = attempt.sends > 1 ? "resend" : "send";
  const result = `not_sent: put off for ${waitMs} ms by Tillway, as this account is at its rate limit`;
  const nothing = { request: null, status: null, response: null, durationMs: 0 };
  return {
    outcome: { kind: "throttled", retryAfterMs: waitMs },
    exchanges: [{ ...nothing, kind, method: "POST", url: attempt.connector, result, startedAt: now }],
  };
}

async function noted(deps: Deps, { accountId }: Attempt, call: () => Promise<Reply>): Promise<Reply> {
  const end = noteCall(deps, accountId);
  let reply: Reply | null = null;
  try {
    return (reply = await call());
  } finally {
    end(reply?.outcome ?? null);
  }
}

/**
 * One conversation with the gateway, outside any transaction. If the account or connector is missing, nothing was sent: it is tried
 * again, as any send that never left. After the credentials were replaced nothing follows from an absence.
 */
export async function callGateway(deps: Deps, payment: Payment, attempt: Attempt, talk: Talk): Promise<Reply> {
  return speak(deps, payment, attempt, async (connector, call, account) => {
    const secrets = (connector.accounts?.credentials ?? []).filter(({ isSecret }) => isSecret).map(({ name }) => name);
    if (!mayBeOfOtherBooks(account, attempt, secrets)) return talk(connector, call);
    const isResend = attempt.status === "calling" && attempt.questions > 0;
    // Nobody has said that the request before it is not there.
    if (isResend && !connector.capabilities.canFind) return { outcome: otherBooks, exchanges: [] };
    return withoutAbsence(await talk(connector, call));
  });
}

/** The same, with the gateway's word as it is: for people to judge. */
export async function speak(
  deps: Deps,
  payment: Payment,
  attempt: Attempt,
  talk: (connector: Connector, call: Call, account: AccountRow) => Promise<Reply>,
): Promise<Reply> {
  const connector = deps.connectors.get(attempt.connector);
  const account = await deps.settings.account(attempt.accountId);
  if (!connector || !account) {
    const reason = `account ${attempt.accountId} of ${attempt.connector} is not configured here`;
    return { outcome: { kind: "not_sent", reason }, exchanges: [] };
  }
  const { method, captureMethod, description, metadata, customer, nextAction } = payment;
  const returnUrl = payment.returnUrl && withPaymentId(payment.returnUrl, payment.id);
  const sendBefore = attempt.lastSentAt === null ? null : attempt.lastSentAt + SEND_WITHIN_MS;
  const isWanted = attempt.operation === "charge" && attemptIsOpen(attempt.status) && payment.cancelRequestedAt === null;
  const mayFinish = isWanted && !deps.restores?.isOpen() && maySendAgain(attempt, connector.capabilities, deps.clock.now());
  const said = { description, metadata, customer, nextAction };
  return talk(connector, { attempt, account, method, captureMethod, returnUrl, ...said, sendBefore, mayFinish }, account);
}

const otherBooks: Outcome = {
  kind: "unknown",
  reason: "the credentials were replaced after it was sent, so that it is not there proves nothing",
  reference: null,
  storedError: false,
};

/** What is there counts, since the connector compares it with the attempt; that nothing is there, or was called off unseen, does not. */
function withoutAbsence(reply: Reply): Reply {
  const { outcome } = reply;
  const isAbsence = outcome.kind === "not_found" || (outcome.kind === "canceled" && outcome.reference === null);
  return isAbsence ? { ...reply, outcome: otherBooks } : reply;
}

/** The shop's URL with `payment_id` as one more query parameter; the rest of it stays byte for byte. The gateway knows no payment of ours. */
function withPaymentId(url: string, id: string): string {
  const [head = "", ...fragment] = url.split("#");
  const joint = !head.includes("?") ? "?" : /[?&]$/.test(head) ? "" : "&";
  return [`${head}${joint}payment_id=${id}`, ...fragment].join("#");
}

/**
 * Applies a gateway's word to an attempt, whoever brought it: the caller itself, a question, a webhook. Answers whether it said
 * anything new.
 * @param guess the snapshot as the caller's own last commit left it
 */
export async function settle(
  deps: Deps,
  attempt: Attempt,
  word: Omit<OutcomeCommand, "attemptId">,
  guess?: Snapshot,
): Promise<"applied" | "nothing"> {
  const { outcome, exchanges, send, notFoundBefore } = word;
  const command = { attemptId: attempt.id, outcome, exchanges, send, notFoundBefore };
  const settled = await decideAndCommit(deps, attempt, (snapshot, context) => decideOutcome(snapshot, command, context), guess);
  return settled.result === "applied" ? "applied" : "nothing";
}

/** What this process has heard of the gateway of one account. */
interface Heard {
  /** When it last answered; a process that starts knows of no answer. */
  answeredAt: Ms;
  /** Since when it answers nothing, though it is called; null while it answers. */
  silentSince: Ms | null;
  /** When its last absence ended. */
  backAt: Ms;
  /** What waits for it is to be hurried, but not before `hurryAt`. */
  isDue: boolean;
  hurryAt: Ms;
  probeAt: Ms;
}

/** By account. */
const heardBy = ownedByDeps(() => new Map<string, Heard>());

function heardOf(deps: Deps, accountId: string, since: Ms): Heard {
  const own = heardBy(deps);
  let heard = own.get(accountId);
  if (heard === undefined) {
    if (own.size >= HEARD_ACCOUNTS_MAX) own.clear();
    heard = { answeredAt: -Infinity, silentSince: since, backAt: -Infinity, isDue: false, hurryAt: -Infinity, probeAt: -Infinity };
    own.set(accountId, heard);
  }
  return heard;
}

/**
 * `back`: what waits for this gateway should be hurried now. `overtaken`: the call left before it was back, and puts its question off after the
 * others were hurried. `silent`: somebody should look out for its return.
 */
function hear(deps: Deps, { accountId }: Attempt, outcome: Outcome, leftAt: Ms): "back" | "overtaken" | "silent" | null {
  // It is there, and wants less.
  if (outcome.kind === "throttled") return null;
  const now = deps.clock.now();
  const heard = heardOf(deps, accountId, leftAt);
  const isAway = heard.silentSince !== null && now - heard.answeredAt >= GATEWAY_AWAY_AFTER_MS;
  if (outcome.kind === "unknown" || outcome.kind === "not_sent") {
    heard.silentSince ??= now;
    if (leftAt < heard.backAt) return "overtaken";
    if (!isAway || now < heard.probeAt) return null;
    heard.probeAt = now + Math.max(PROBE_GAP_MS, (now - heard.silentSince) * PROBE_SILENCE_SHARE);
    return "silent";
  }
  if (isAway) Object.assign(heard, { backAt: now, isDue: true });
  Object.assign(heard, { answeredAt: now, silentSince: null });
  if (!heard.isDue || now < heard.hurryAt) return null;
  Object.assign(heard, { isDue: false, hurryAt: now + HURRY_EVERY_MS });
  return "back";
}

/** What waits for a gateway that was away was put off by its silence, by up to hours. An event of it may wait for a question as well. */
async function hurryAll(deps: Deps, { accountId, connector }: Attempt): Promise<void> {
  const now = deps.clock.now();
  const kinds = ["charge", "capture", "void", "refund", "ask", "gateway-event"] as const;
  const moved = await hurryJobs(deps, accountId, { kinds, beyond: beyondSettling(deps, connector, now), from: now, limit: HURRY_MAX });
  if (moved === null || moved >= HURRY_MAX) heardOf(deps, accountId, now).isDue = true;
}

/** One question that waits for a silent gateway is brought forward, so that its return is noticed even if nobody pays. */
async function probe(deps: Deps, { accountId, connector }: Attempt): Promise<void> {
  const now = deps.clock.now();
  const heard = heardOf(deps, accountId, now);
  const at = heard.probeAt;
  const beyond = Math.max(at, beyondSettling(deps, connector, now));
  const moved = await hurryJobs(deps, accountId, { kinds: ["ask"], beyond, from: at, limit: 1 });
  // All are asked before that time, and may be put off beyond it then.
  if (moved !== 1) heard.probeAt = now + QUESTION_SCHEDULE_MS[0]!;
}

/** One question for one that was put off: whichever of them waits least. */
async function hurryOne(deps: Deps, { accountId, connector }: Attempt): Promise<void> {
  const now = deps.clock.now();
  const from = now + QUESTION_SCHEDULE_MS[0]!;
  await hurryJobs(deps, accountId, { kinds: ["ask"], beyond: beyondSettling(deps, connector, now), from, limit: 1 });
}

/** Jobs due before this are left alone: a second "not found" must not come in one breath with the first. */
function beyondSettling(deps: Deps, connector: string, now: Ms): Ms {
  return now + Math.max(HURRY_BEYOND_MS, deps.connectors.get(connector)?.capabilities.settleTimeMs ?? 0);
}

async function hurryJobs(deps: Deps, accountId: string, jobs: Omit<Hurry, "gapMs">): Promise<number | null> {
  try {
    return await deps.store.hurryJobs(accountId, { ...jobs, gapMs: HURRY_GAP_MS });
  } catch (error) {
    deps.log.warn({ account: accountId, error: String(error) }, "what waits for a gateway could not be hurried; its schedule goes on");
    return null;
  }
}
