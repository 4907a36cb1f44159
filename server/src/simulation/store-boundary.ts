import type { Change, CommitResult } from "../core/change.ts";
import type { Job, Payment } from "../core/model.ts";
import type { Settings } from "../core/ports/settings.ts";
import { StoreUnavailable, type Claimed, type Store } from "../core/ports/store.ts";
import { cross, drawFault, type Fault, type Life, type Machinery } from "./process.ts";
import { LATE_STATEMENT_MAX_MS } from "./swarm.ts";

export interface StoreSide {
  readonly machinery: Machinery;
  /** PostgreSQL takes no connection now. */
  readonly down: () => boolean;
  /** Called after each statement, at the moment at which it took effect. */
  readonly written: () => void;
  /** Called with an error that no store should throw: a broken constraint. */
  readonly broken: (error: unknown) => void;
}

/** How long a caller waits for a statement that does not answer. */
const STATEMENT_PATIENCE_MS = 2_500;

const named = ({ jobs }: Claimed): string => jobs.map((job) => `${job.kind} ${job.id.slice(-4)}`).join(", ");

const taken =
  (id: string) =>
  (job: Job | null): string =>
    `${id.slice(-4)} ${job?.kind ?? "not free"}`;

type Say = <T>(name: string, effect: () => Promise<T>, note?: (result: T) => string) => Promise<T>;

/** The store as a process sees it: across a network, with statements that are lost, answered too late, or carried out after all. */
export function storeAcross(side: StoreSide, life: Life, store: Store): Store {
  const say = speaker(side, life, "store");
  return {
    create: (creation) =>
      say(
        "create",
        () => store.create(creation),
        (result) => `${creation.payment.id.slice(-4)} ${creation.payment.status} ${result}`,
      ),
    load: (scope, id) => say("load", () => store.load(scope, id)),
    commit: (change) =>
      say(
        "commit",
        () => store.commit(change),
        (result) => describe(change, result),
      ),
    annotate: (before, after) => say("annotate", () => store.annotate(before, after), String),
    findIdempotent: (scope, audience, key) => say("findIdempotent", () => store.findIdempotent(scope, audience, key)),
    findEvent: (scope, id, closes) => say("findEvent", () => store.findEvent(scope, id, closes)),
    claim: (request) => say("claim", () => store.claim(request), named),
    relay: (wish) => say("relay", () => store.relay(wish), named),
    giveBack: (ids, at) => say("giveBack", () => store.giveBack(ids, at)),
    take: (id, now, until, token) => say("take", () => store.take(id, now, until, token), taken(id)),
    takeBrought: (id, now, until, token) => say("takeBrought", () => store.takeBrought(id, now, until, token), taken(id)),
    overdue: (now, againAt, limit) => say("overdue", () => store.overdue(now, againAt, limit)),
    isKeyOfAnother: (scope, key) => say("isKeyOfAnother", () => store.isKeyOfAnother(scope, key), String),
    findAttempt: (accountId, by) => say("findAttempt", () => store.findAttempt(accountId, by)),
    settledAttempts: (account, span, limit) => say("settledAttempts", () => store.settledAttempts(account, span, limit)),
    latestCase: (scope, about) => say("latestCase", () => store.latestCase(scope, about)),
    order: (scope, id) => say("order", () => store.order(scope, id)),
    liveOrder: (scope, id) => say("liveOrder", () => store.liveOrder(scope, id)),
    inbox: (scope, id) => say("inbox", () => store.inbox(scope, id)),
    case: (scope, by) => say("case", () => store.case(scope, by)),
    delivery: (scope, id) => say("delivery", () => store.delivery(scope, id)),
    heartbeat: (process) =>
      say("heartbeat", async () => {
        await store.heartbeat(process);
        return side.machinery.kernel.now + side.machinery.kernel.databaseAheadMs;
      }),
    pullJobs: (now, byMs) =>
      say(
        "pullJobs",
        () => store.pullJobs(now, byMs),
        (jobs) => `${jobs} by ${byMs} ms`,
      ),
    wakeJobs: (lanes, wake) => say("wakeJobs", () => store.wakeJobs(lanes, wake), String),
    hurryJobs: (lane, hurry) => say("hurryJobs", () => store.hurryJobs(lane, hurry), String),
    ...byHandAcross(say, store),
    forgetKey: (row) => say("forgetKey", () => store.forgetKey(row)),
    purge: (what, before, limit) => say("purge", () => store.purge(what, before, limit)),
  };
}

/** What people do to deliveries and dead letters. */
function byHandAcross(say: Say, store: Store): Pick<Store, "ended" | "oweAgain" | "letters" | "subjects" | "quietCase" | "handleLetters"> {
  return {
    ended: (scope, filter) => say("ended", () => store.ended(scope, filter)),
    letters: (scope, filter) => say("letters", () => store.letters(scope, filter)),
    subjects: (scope, ids) => say("subjects", () => store.subjects(scope, ids)),
    quietCase: (scope, about, now) => say("quietCase", () => store.quietCase(scope, about, now)),
    handleLetters: (moves) => say("handleLetters", () => store.handleLetters(moves), String),
    oweAgain: (again) => say("oweAgain", () => store.oweAgain(again), String),
  };
}

/** The settings that flows read while money moves. */
export function settingsAcross(side: StoreSide, life: Life, settings: Settings): Settings {
  const say = speaker(side, life, "settings");
  return {
    ...settings,
    account: (id) => say("account", () => settings.account(id)),
    routesOf: (scope) => say("routesOf", () => settings.routesOf(scope)),
    accountOf: (scope, id) => say("accountOf", () => settings.accountOf(scope, id)),
    changeAccount: (before, after, key) => say("changeAccount", () => settings.changeAccount(before, after, key)),
    endpoint: (scope, id) => say("endpoint", () => settings.endpoint(scope, id)),
    endpoints: (scope) => say("endpoints", () => settings.endpoints(scope)),
    sweep: (account) => say("sweep", () => settings.sweep(account)),
    putSweep: (sweep) => say("putSweep", () => settings.putSweep(sweep)),
    unsweptAccounts: (connectors, limit) => say("unsweptAccounts", () => settings.unsweptAccounts(connectors, limit)),
    key: (scope, id) => say("key", () => settings.key(scope, id)),
    rotateKey: (before, endsAt, next, key) => say("rotateKey", () => settings.rotateKey(before, endsAt, next, key)),
    changeEndpoint: (before, after, key) => say("changeEndpoint", () => settings.changeEndpoint(before, after, key)),
    putEndpoint: (endpoint, replaces, key) => say("putEndpoint", () => settings.putEndpoint(endpoint, replaces, key)),
    moveBreaker: (before, after) =>
      say(
        "moveBreaker",
        () => settings.moveBreaker(before, after),
        (moved) => `${after.breakerUntil ?? "closed"} ${moved}`,
      ),
    moveEndpoint: (before, after) =>
      say(
        "moveEndpoint",
        () => settings.moveEndpoint(before, after),
        (moved) => `${after.status} ${after.goneSince ?? ""} ${moved}`,
      ),
  };
}

function speaker(side: StoreSide, life: Life, port: string): Say {
  const { machinery } = side;
  const { draw, kernel } = machinery;
  return (name, effect, note) =>
    cross(machinery, life, {
      name: `${port}.${name}`,
      effect: () => {
        const outcome = effect();
        side.written();
        outcome.then(
          (result) => note && kernel.trace.add(kernel.now, `${life.name}   ${note(result)}`),
          (error: unknown) => side.broken(error),
        );
        return outcome;
      },
      fault: side.down() ? "before" : drawFault(draw, machinery.rates().store),
      latencyMs: [draw.skewed(0, machinery.rates().storeSlowestMs), draw.skewed(0, machinery.rates().storeSlowestMs)],
      timeoutMs: STATEMENT_PATIENCE_MS,
      lateMs: draw.int(0, LATE_STATEMENT_MAX_MS),
      failure: (fault) => Promise.reject(unavailable(fault)),
    });
}

function unavailable(fault: Exclude<Fault, null>): StoreUnavailable {
  const certain = fault === "before";
  return new StoreUnavailable(certain ? "no connection" : "connection lost", { mayHaveCommitted: !certain });
}

/** One line of the trace for a commit: a reader of a failing seed needs the states, not the rows. */
function describe(change: Change, result: CommitResult): string {
  const parts: string[] = [];
  if (change.payment) parts.push(paymentMove(change.payment.before, change.payment.after));
  for (const row of change.attempts?.insert ?? []) parts.push(`+${row.operation}${row.n} ${row.status}`);
  for (const row of change.attempts?.update ?? [])
    parts.push(
      `${row.operation}${row.n} ${row.status}${row.lateStatus === null ? "" : ` late ${row.lateStatus}`} q${row.questions} nf${row.notFound}`,
    );
  for (const row of change.events ?? []) parts.push(row.type);
  for (const row of change.cases?.open ?? []) parts.push(`case ${row.kind}`);
  for (const row of change.cases?.resolve ?? []) parts.push(`case closed ${row.kind}`);
  if (change.delivery) parts.push(`delivery ${change.delivery.before.id.slice(-4)} ${change.delivery.after.status}`);
  for (const row of change.inbox?.insert ?? []) parts.push(`inbox ${row.gatewayEventId.slice(-20)}`);
  for (const move of change.jobs?.move ?? []) parts.push(`job ${move.id.slice(-4)}→${move.kind ?? "same"}${move.release ? " free" : ""}`);
  if (change.job) parts.push(`by job ${change.job.id.slice(-4)}`);
  if (change.idempotency) parts.push(`key ${change.idempotency.key}`);
  return `${parts.join("; ")} ⇒ ${result}`;
}

function paymentMove(before: Payment, after: Payment): string {
  const canceling = before.cancelRequestedAt === null && after.cancelRequestedAt !== null ? " cancel wanted" : "";
  return `${before.id.slice(-4)} v${before.version} ${before.status}${before.status === after.status ? "" : `→${after.status}`}${canceling}`;
}
