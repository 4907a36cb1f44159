import type { Gauge } from "prom-client";
import { caseKinds } from "../core/case-kinds.ts";
import { invariantIds, SWEPT_INVARIANT } from "../core/invariants.ts";
import type { Ms } from "../core/model.ts";
import type { Engine, EngineHealth } from "../core/ports/engine.ts";
import type { Figures, PoolUse } from "../core/ports/figures.ts";
import { QUEUE_NAMES } from "../core/queues.ts";
import { withinOrNull } from "../net/within.ts";
import type { Metrics } from "./metrics.ts";

export interface GaugeDeps {
  /** What only the database knows; may be slow, and may fail. */
  readonly figures: (now: Ms) => Promise<Figures>;
  readonly pools: () => Readonly<Record<string, PoolUse>>;
  readonly clock: { now(): Ms };
  /** Whether the database is in restore mode. */
  readonly isRestoring?: () => boolean;
  /** Null or left out: jobs are claimed from the database. */
  readonly engine?: Pick<Engine, "name" | "health"> | null;
  /** Asks each read replica; left out: there are none. */
  readonly replicas?: (() => Promise<readonly { readonly status: string; readonly behindBytes: number | null }[]>) | undefined;
  /** How many gateway accounts that this process has called are how. */
  readonly accounts?: () => Readonly<Record<string, number>>;
}

/** However many scrape, the database is asked no more often. */
export const FIGURES_EVERY_MS = 5_000;
/** A scrape waits no longer for the database: then the page comes without its figures. */
const FIGURES_WAIT_MS = 1_000;

export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/** Adds what is looked at when somebody asks. @returns the page; it never rejects because of the database */
export function createMetricsPage(metrics: Metrics, deps: GaugeDeps): () => Promise<MetricsPage> {
  const { registry } = metrics;
  const gauges = gaugesOf(metrics);
  const figures = rememberingFigures(deps);
  const { engine, replicas } = deps;
  return async () => {
    const [known, health, standbys] = await Promise.all([
      figures(),
      engine ? withinOrNull(FIGURES_WAIT_MS, () => engine.health()) : null,
      replicas ? withinOrNull(FIGURES_WAIT_MS, replicas) : null,
    ]);
    show(gauges, known, deps);
    if (engine) showEngine(gauges, engine.name, health);
    if (replicas) showReplicas(gauges, standbys);
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}

/** Null while the database does not answer in time. A question that is slow is not asked a second time beside itself. */
function rememberingFigures({ figures, clock }: GaugeDeps): () => Promise<Figures | null> {
  let last: { readonly at: Ms; readonly figures: Promise<Figures | null> } | null = null;
  let asking = false;
  return async () => {
    const now = clock.now();
    if (!asking && (last === null || Math.abs(now - last.at) >= FIGURES_EVERY_MS)) {
      asking = true;
      const asked = Promise.resolve()
        .then(() => figures(now))
        .catch(() => null)
        .finally(() => (asking = false));
      last = { at: now, figures: asked };
    }
    return withinOrNull(FIGURES_WAIT_MS, () => last!.figures);
  };
}

/** What the sweeps find is counted by its cases. */
const rowInvariants = invariantIds.filter((id) => id !== SWEPT_INVARIANT);

type Gauges = ReturnType<typeof gaugesOf>;

function gaugesOf({ library, registry }: Metrics) {
  const gauge = (name: string, help: string, labelNames: readonly string[] = []): Gauge =>
    new library.Gauge({ name: `tillway_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  return {
    up: gauge("database_up", "1 if the database answered in time; the figures that only it knows are missing otherwise."),
    restoring: gauge("restore_mode", "1 while the database was restored from a backup and not every gateway was swept: no money moves."),
    jobs: gauge("queue_jobs", "Jobs of a queue: due, held, and planned for later. Counted up to 100,000.", ["queue"]),
    due: gauge("queue_due_jobs", "Jobs of a queue that are due and free. Counted up to 100,000.", ["queue"]),
    oldest: gauge("queue_oldest_due_seconds", "How long the oldest due job of a queue has waited; 0 if none is due.", ["queue"]),
    dead: gauge("dead_jobs", "Jobs that failed again and again and wait for a person: open cases of the kind dead_job."),
    deadMessages: gauge(
      "dead_messages",
      "Messages that the engine brought, that can't be read, and that nobody has handled: tillway dlq list.",
    ),
    cases: gauge("cases_open", "Cases that a person should look at, by kind. Counted up to 100,000.", ["kind"]),
    breaks: gauge("invariant_breaks", "Payments whose rows break an invariant of money, by invariant: anything but 0 needs a person.", [
      "invariant",
    ]),
    checked: gauge("invariants_last_run_seconds", "How long ago the rows were last checked, of the merchant whose turn is longest ago."),
    snapshot: gauge("database_oldest_snapshot_seconds", "Age of the oldest snapshot of the database; 0 if there is none."),
    unsealed: gauge("audit_unsealed_seconds", "Age of the oldest row of the audit log that no seal names yet; 0 if there is none."),
    waiting: gauge(
      "exchanges_waiting",
      "Exchanges that wait to be moved to the audit store of MONGODB_URL; 0 without one. Counted up to 100,000.",
    ),
    waitingOldest: gauge("exchanges_oldest_waiting_seconds", "How long the oldest exchange has waited to be moved; 0 if none waits."),
    workerSeen: gauge("worker_seen_seconds", "How long ago a worker gave its last sign of life; missing if none is known."),
    analyticsRun: gauge(
      "analytics_last_run_seconds",
      "How long ago the sums of payments were last brought up to date, of the merchant whose turn is longest ago.",
    ),
    resultsWaiting: gauge(
      "results_oldest_waiting_seconds",
      "How long the oldest event waits that other programs are to be told of; 0 if none waits, or nobody is told.",
    ),
    ...outsideGauges(gauge),
  };
}

/** Of others than the tables: the engine, the replicas, the gateways, our own connections. */
function outsideGauges(gauge: (name: string, help: string, labelNames?: readonly string[]) => Gauge) {
  return {
    engineUp: gauge("engine_up", "1 if the engine that carries the jobs answers and is fit to be used; there is none without an engine.", [
      "engine",
    ]),
    engineMessages: gauge("engine_messages", "Messages of a queue that wait in the engine, delayed ones too.", ["engine", "queue"]),
    enginePaused: gauge("engine_paused", "1 if a person has paused this queue in the engine's own tool.", ["engine", "queue"]),
    replicaUp: gauge("replica_up", "1 if the read replica answers and follows this primary, however late; there is none without one.", [
      "replica",
    ]),
    replicaBehind: gauge("replica_behind_bytes", "Bytes of the primary's log that the read replica has yet to replay.", ["replica"]),
    accounts: gauge("gateway_accounts", "Gateway accounts that this process has called, by how they are: down is a breaker that is open.", [
      "health",
    ]),
    connections: gauge("database_connections", "Connections of this process: open, busy, and statements that wait for one.", [
      "pool",
      "state",
    ]),
  };
}

function show(gauges: Gauges, figures: Figures | null, { pools, clock, accounts, isRestoring }: GaugeDeps): void {
  for (const [health, count] of Object.entries(accounts?.() ?? {})) gauges.accounts.set({ health }, count);
  for (const [pool, use] of Object.entries(pools()))
    for (const state of ["open", "busy", "waiting"] as const) gauges.connections.set({ pool, state }, use[state]);
  gauges.up.set(figures === null ? 0 : 1);
  gauges.restoring.set(isRestoring?.() ? 1 : 0);
  if (figures === null) return hide(gauges);
  const now = clock.now();
  const since = (at: Ms | null): number | null => (at === null ? null : Math.max(0, now - at) / 1_000);
  for (const { queue, jobs, due, oldestDueAt } of figures.queues) {
    gauges.jobs.set({ queue }, jobs);
    gauges.due.set({ queue }, due);
    gauges.oldest.set({ queue }, since(oldestDueAt) ?? 0);
  }
  for (const kind of Object.keys(caseKinds)) gauges.cases.set({ kind }, figures.openCases[kind] ?? 0);
  gauges.dead.set(figures.openCases["dead_job"] ?? 0);
  gauges.deadMessages.set(figures.deadMessages);
  for (const invariant of rowInvariants) gauges.breaks.set({ invariant }, figures.brokenInvariants[invariant] ?? 0);
  gauges.checked.set(since(figures.invariantsCheckedAt) ?? Number.NaN);
  gauges.snapshot.set((figures.oldestSnapshotMs ?? 0) / 1_000);
  gauges.waiting.set(figures.exchangesWaiting?.count ?? 0);
  gauges.waitingOldest.set(since(figures.exchangesWaiting?.oldestAt ?? null) ?? 0);
  gauges.unsealed.set(since(figures.oldestUnsealedAt) ?? 0);
  gauges.workerSeen.set(since(figures.workerSeenAt) ?? Number.NaN);
  gauges.analyticsRun.set(since(figures.analyticsTurnAt) ?? Number.NaN);
  gauges.resultsWaiting.set(since(figures.oldestUnannouncedAt) ?? 0);
}

function showReplicas(gauges: Gauges, standbys: Awaited<ReturnType<NonNullable<GaugeDeps["replicas"]>>> | null): void {
  gauges.replicaUp.reset();
  gauges.replicaBehind.reset();
  for (const [index, { status, behindBytes }] of (standbys ?? []).entries()) {
    // As the log numbers them: in the order of their URLs.
    const replica = String(index + 1);
    gauges.replicaUp.set({ replica }, status === "ok" || status === "late" ? 1 : 0);
    gauges.replicaBehind.set({ replica }, behindBytes ?? Number.NaN);
  }
}

function showEngine(gauges: Gauges, engine: string, health: EngineHealth | null): void {
  gauges.engineUp.set({ engine }, health?.status === "ok" ? 1 : 0);
  if (!health?.messages) return [gauges.engineMessages, gauges.enginePaused].forEach((gauge) => gauge.reset());
  for (const [queue, count] of Object.entries(health.messages)) gauges.engineMessages.set({ engine, queue }, count);
  for (const queue of QUEUE_NAMES) gauges.enginePaused.set({ engine, queue }, health.paused.includes(queue) ? 1 : 0);
}

/** An old figure that looks like a new one would calm whoever should be woken. */
function hide(gauges: Gauges): void {
  for (const gauge of [gauges.jobs, gauges.due, gauges.oldest, gauges.cases, gauges.breaks]) gauge.reset();
  const { dead, deadMessages, checked, snapshot, unsealed, waiting, waitingOldest, workerSeen, analyticsRun, resultsWaiting } = gauges;
  const single = [dead, deadMessages, checked, snapshot, unsealed, waiting, waitingOldest, workerSeen, analyticsRun, resultsWaiting];
  for (const gauge of single) gauge.set(Number.NaN);
}
