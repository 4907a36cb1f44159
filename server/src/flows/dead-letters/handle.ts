/** People replay and discard dead letters: one, or all that match. */
import { DEAD_LETTERS_MAX } from "../../core/constants.ts";
import {
  casePickOf,
  DELIVERIES_NEED_WEBHOOKS,
  deadLetterKinds,
  deadLetterKindsOf,
  deliveryJobKinds,
  deliveryPickOf,
  type DeadLetterFilter,
} from "../../core/dead-letters.ts";
import { decideLetter, type Hand, type Handling, type Letter } from "../../core/decide/dead-letter.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Case, Ms, Scope } from "../../core/model.ts";
import type { LetterMoves } from "../../core/ports/store.ts";
import { iso } from "../../core/represent.ts";
import { QUEUE_NAMES } from "../../core/queues.ts";
import { contextOf, untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { idsBetween, namesOfEndpoint } from "./filter.ts";
import { deeds, inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

/** Who does what. `deliveries`: the caller may touch deliveries as well. */
export interface Act extends Hand {
  readonly deliveries: boolean;
}

export interface LetterWish extends DeadLetterFilter {
  readonly limit: number;
  /** The pace of a replay. */
  readonly perSecond: number;
  /** Only counts. */
  readonly dryRun: boolean;
}

/**
 * Once per idempotency key. Of two people at once the second is refused. Throws `TillwayError` not_found, invalid_state if it is no dead
 * letter any more or a worker is at it, permission_denied, missing_field; `Contended` if others were faster each time.
 */
export function handleLetter(deps: Deps, caller: Caller, id: string, act: Act): Promise<Answer> {
  return untilFirst(id, async () => {
    const stored = await storedAnswer(deps, caller);
    if (stored) return stored.answer ?? inProgress();
    const letter = await letterOf(deps, caller.scope, id);
    if (letter.delivery !== null && !act.deliveries) throw mayNotTouch();
    const context = contextOf(deps);
    const decided = decideLetter(letter, act, { context, runAt: context.now });
    if ("refusal" in decided) {
      // A parallel request with the same key may have been faster, and its success is what we are refused by.
      const twin = await storedAnswer(deps, caller);
      if (twin?.answer) return twin.answer;
      throw new TillwayError(decided.refusal.code, decided.refusal);
    }
    const body = JSON.stringify(shownOf(id, letter, { act, decided, now: context.now }));
    const idempotency = rowFor(deps, caller, { subject: id, answerBody: body });
    const after = { outcome: decided.outcome, by: act.by, reason: act.reason };
    const actions = deeds(deps, caller, [{ action: DONE[act.action], subject: id, before: null, after }]);
    if ((await deps.store.handleLetters({ ...caller.scope, ...decided.moves, actions, idempotency })) !== "applied") return null;
    hand(deps, caller, act, 1);
    return { status: 200, body, replayed: false };
  });
}

/**
 * All that match, the oldest first, in one commit with the caller's key: cases, and then deliveries if there is room. What a worker is at, and
 * what can't be replayed, is skipped. Throws `Contended` if others were faster each time.
 */
export function handleLetters(deps: Deps, caller: Caller, act: Act, wish: LetterWish): Promise<Answer> {
  return untilFirst(`the dead letters of ${caller.scope.merchantId}`, async () => {
    const stored = await storedAnswer(deps, caller);
    if (stored) return stored.answer ?? inProgress();
    const found = await matching(deps, caller.scope, act, wish);
    const letters = found.slice(0, wish.limit);
    const { handled, endsAt } = decideAll(deps, letters, act, wish.perSecond);
    const times = letters.map(atOf).sort((a, b) => a - b);
    const body = JSON.stringify({
      object: "dead_letter_actions",
      action: act.action,
      dry_run: wish.dryRun,
      matched: letters.length,
      changed: wish.dryRun ? 0 : handled.length,
      acknowledged: wish.dryRun ? 0 : handled.filter(({ decided: { outcome } }) => outcome === "acknowledged").length,
      skipped: letters.length - handled.length,
      // A dry run, or one that changes nothing, would find the same again.
      has_more: !wish.dryRun && handled.length > 0 && found.length > letters.length,
      oldest_at: times.length === 0 ? null : iso(times[0]!),
      newest_at: times.length === 0 ? null : iso(times.at(-1)!),
      last_try_at: endsAt === null ? null : iso(endsAt),
    });
    const answer = { status: 200, body, replayed: false };
    // A dry run changes nothing and takes no key: the same request without it is another one.
    if (wish.dryRun || (handled.length === 0 && !caller.idempotency)) return answer;
    const idempotency = rowFor(deps, caller, { subject: null, answerBody: body });
    const moves = merged(handled.map(({ decided }) => decided.moves));
    const ids = handled.map(({ letter }) => idOf(letter));
    const after = { count: ids.length, first: ids.slice(0, IDS_NOTED), by: act.by, reason: act.reason };
    const actions = deeds(deps, caller, [
      { action: DONE[act.action], subject: ids.length === 1 ? ids[0]! : "dead_letters", before: null, after },
    ]);
    if ((await deps.store.handleLetters({ ...caller.scope, ...moves, actions, idempotency })) !== "applied") return null;
    hand(deps, caller, act, handled.length);
    return answer;
  });
}

function hand({ log, queue }: Deps, { scope, requestId }: Caller, { action, by, reason }: Act, count: number): void {
  log.info(
    { merchant_id: scope.merchantId, mode: scope.mode, request_id: requestId, action, count, by, reason },
    "dead letters were handled",
  );
  if (action === "replay") queue.hint(QUEUE_NAMES);
}

/** As the record of admin actions names it. */
const DONE = { replay: "dead_letter.replayed", discard: "dead_letter.discarded" } as const;
/** Of many at once; all of them are found by what they left in their cases and deliveries. */
const IDS_NOTED = 20;

function idOf(letter: Letter): string {
  return letter.row === null ? letter.delivery.id : letter.row.id;
}

function mayNotTouch(): TillwayError {
  return new TillwayError("permission_denied", { message: DELIVERIES_NEED_WEBHOOKS });
}

/** Throws `TillwayError` not_found if the id names no delivery, and no case that makes a dead letter. */
async function letterOf(deps: Deps, scope: Scope, id: string): Promise<Letter> {
  const nothing = new TillwayError("not_found", { param: "id" });
  if (id.startsWith("dlv_")) {
    const load = await deps.store.delivery(scope, id);
    if (!load) throw nothing;
    return { delivery: load.delivery, endpoint: load.endpoint, mail: load.mail, row: null };
  }
  const row = await deps.store.case(scope, { id });
  if (!row || !deadLetterKinds.includes(row.kind)) throw nothing;
  return (await withSubjects(deps, scope, [row]))[0]!;
}

/** At most one more than the limit, which says that there are more. */
async function matching(deps: Deps, scope: Scope, act: Act, wish: LetterWish): Promise<Letter[]> {
  const most = Math.min(wish.limit, DEAD_LETTERS_MAX) + 1;
  const kinds = deadLetterKindsOf(wish.reason);
  const asked = await namesOfEndpoint(deps, scope, wish.endpointId);
  // What the caller may not touch would stand before the rest each time.
  const exceptJobKinds = act.deliveries ? undefined : deliveryJobKinds;
  const filter = { kinds, ...casePickOf(wish, asked), exceptJobKinds, ...idsBetween("case", wish), limit: most };
  const rows = kinds.length === 0 ? [] : await deps.store.letters(scope, filter);
  const about = await withSubjects(deps, scope, rows);
  const pick = act.deliveries ? deliveryPickOf(wish, asked) : null;
  if (pick === null || rows.length === most) return about;
  const endpoints = (await deps.settings.endpoints(scope)).filter(({ status }) => status === "enabled");
  const to = new Map(endpoints.flatMap((endpoint) => [endpoint.id, ...endpoint.predecessors].map((id) => [id, endpoint] as const)));
  const settings = await deps.settings.emailSettings(scope);
  // What goes to an endpoint that is off, or was deleted, can be discarded and not replayed: it does not match then.
  const open = [...to.keys(), ...(settings?.enabled ? [settings.id] : [])];
  const endpointIds = act.action === "replay" ? open.filter((id) => asked?.includes(id) ?? true) : asked;
  if (endpointIds?.length === 0) return about;
  const between = idsBetween("dlv", wish);
  const failed = await deps.store.ended(scope, { status: "failed", ...pick, endpointIds, ...between, limit: most - rows.length });
  return [
    ...about,
    ...failed.map((delivery): Letter => ({ delivery, endpoint: to.get(delivery.endpointId) ?? null, mail: { settings }, row: null })),
  ];
}

/** What the cases are about: jobs, gateway events, and the deliveries that failing jobs of webhooks should send. */
async function withSubjects(deps: Deps, scope: Scope, rows: readonly Case[]): Promise<Letter[]> {
  const named = (prefix: string) => rows.map((row) => row.subject).filter((subject) => subject.startsWith(prefix));
  const found = await deps.store.subjects(scope, { jobs: named("job_"), inbox: named("inb_") });
  const jobs = new Map(found.jobs.map((job) => [job.id, job]));
  const inbox = new Map(found.inbox.map((row) => [row.id, row]));
  return Promise.all(
    rows.map(async (row): Promise<Letter> => {
      const job = jobs.get(row.subject) ?? null;
      const load = job !== null && deliveryJobKinds.includes(job.kind) ? await deps.store.delivery(scope, job.subject) : null;
      return { row, job, inbox: inbox.get(row.subject) ?? null, delivery: load?.delivery ?? null };
    }),
  );
}

/** What is replayed is due one after the other, so that nobody is flooded. */
function decideAll(deps: Deps, letters: readonly Letter[], act: Act, perSecond: number) {
  const context = contextOf(deps);
  const at = (n: number): Ms => context.now + Math.floor((n * 1_000) / perSecond);
  const handled: { readonly letter: Letter; readonly decided: Handling }[] = [];
  for (const letter of letters) {
    if (letter.delivery !== null && !act.deliveries) continue;
    const decided = decideLetter(letter, act, { context, runAt: at(handled.length) });
    if (!("refusal" in decided)) handled.push({ letter, decided });
    else if (decided.refusal.code !== "invalid_state") throw new TillwayError(decided.refusal.code, decided.refusal);
  }
  return { handled, endsAt: act.action === "replay" && handled.length > 0 ? at(handled.length - 1) : null };
}

function merged(all: readonly LetterMoves[]): LetterMoves {
  return {
    deliveries: all.flatMap(({ deliveries = [] }) => deliveries),
    cases: all.flatMap(({ cases = [] }) => cases),
    restart: all.flatMap(({ restart = [] }) => restart),
    remove: all.flatMap(({ remove = [] }) => remove),
    inbox: all.flatMap(({ inbox = [] }) => inbox),
    insert: all.flatMap(({ insert = [] }) => insert),
  };
}

/** By the time that its id begins with, as the filter has it. */
function atOf(letter: Letter): Ms {
  return letter.row === null ? letter.delivery.createdAt : letter.row.openedAt;
}

function shownOf(id: string, letter: Letter, { act, decided, now }: { act: Act; decided: Handling; now: Ms }): object {
  const paymentId = letter.row === null ? letter.delivery.paymentId : letter.row.paymentId;
  return {
    id,
    object: "dead_letter_action",
    action: act.action,
    outcome: decided.outcome,
    payment_id: paymentId,
    subject: letter.row === null ? id : (letter.job?.subject ?? letter.row.subject),
    by: act.by,
    reason: act.reason,
    at: iso(now),
    next_try_at: act.action === "replay" ? iso(now) : null,
    quiet_until: decided.quietUntil === null ? null : iso(decided.quietUntil),
  };
}
