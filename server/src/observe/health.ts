import { SEAL_LATE_MS } from "../core/audit/seals.ts";
import { HEARTBEAT_STALE_MS } from "../core/constants.ts";
import type { AuditStore } from "../core/ports/audit.ts";
import type { Engine } from "../core/ports/engine.ts";
import type { Clock } from "../core/ports/world.ts";
import type { Ms } from "../core/model.ts";
import type { Reads } from "../core/ports/reads.ts";
import type { Heartbeat } from "../core/ports/store.ts";
import type { Restores } from "../core/ports/restores.ts";
import { iso } from "../core/represent.ts";
import { withinOrNull } from "../net/within.ts";

export interface HealthDeps {
  /** A small query that writes nothing, and fails if the database takes no writes. */
  readonly ping: () => Promise<unknown>;
  readonly reads: Pick<Reads, "processes" | "openCases">;
  readonly clock: Pick<Clock, "now">;
  /** The role of this process: an API alone serves without a worker, the others do not. */
  readonly role: Heartbeat["role"];
  /** By name: checks that a gateway can be reached. */
  readonly gateways?: Readonly<Record<string, () => Promise<unknown>>>;
  /** Left out: nobody looks at it. */
  readonly audit?: Pick<AuditStore, "unsealed">;
  /** Asks each read replica; left out: there are none. */
  readonly replicas?: (() => Promise<readonly { readonly status: string; readonly behindBytes: number | null }[]>) | undefined;
  /** Null or left out: jobs are claimed from the database. */
  readonly engine?: Pick<Engine, "name" | "health"> | null;
  /** Left out: nobody looks whether the database was restored. */
  readonly restores?: Pick<Restores, "latest">;
  /** Asks the audit store of the exchanges; left out: the database is it. */
  readonly archive?: (() => Promise<unknown>) | undefined;
  /** Replaces `HEALTH_CHECK_MS` in tests. */
  readonly checkTimeoutMs?: number;
}

export interface Readiness {
  /** True while this process can serve: an API without a worker or a gateway takes payments, and they wait. */
  readonly ok: boolean;
  /** `database`, `replica`, `worker`, `cases`, `audit`, `restore` (while one is open) and `audit_store`, and each gateway by its name. */
  readonly checks: Readonly<Record<string, unknown>>;
}

/** A database that takes longer than this cannot serve payments either: its own statements end after 2 s. */
export const HEALTH_CHECK_MS = 1_000;
const LOOK_EVERY_MS = 1_000;
/** A worker that was last seen longer ago is not shown. */
const LOOK_BACK_MS = 3_600_000;

/** Checks at most once a second, since anybody may ask. What it returns never rejects. */
export function createHealth(deps: HealthDeps): () => Promise<Readiness> {
  let last: { readonly at: Ms; readonly readiness: Promise<Readiness> } | null = null;
  return () => {
    const now = deps.clock.now();
    if (last === null || Math.abs(now - last.at) >= LOOK_EVERY_MS) last = { at: now, readiness: look(deps) };
    return last.readiness;
  };
}

async function look(deps: HealthDeps): Promise<Readiness> {
  const limitMs = deps.checkTimeoutMs ?? HEALTH_CHECK_MS;
  const [database, worker, open, seals, restore, replica, engine, archive, ...gateways] = await Promise.all([
    timed(deps.ping, limitMs),
    lookAtWorker(deps, limitMs),
    withinOrNull(limitMs, () => deps.reads.openCases()),
    lookAtSeals(deps, limitMs),
    lookAtRestore(deps, limitMs),
    lookAtReplicas(deps, limitMs),
    lookAtEngine(deps, limitMs),
    deps.archive ? timed(deps.archive, limitMs) : null,
    ...Object.entries(deps.gateways ?? {}).map(async ([name, ask]) => [name, await timed(ask, limitMs)] as const),
  ]);
  // Cases of all merchants, counted up to `OPEN_CASES_COUNTED_MAX`; null while the database does not answer.
  const checks = {
    ...Object.fromEntries(gateways),
    database,
    worker,
    ...(engine && { [deps.engine!.name]: engine }),
    cases: { open },
    ...(replica && { replica }),
    ...(seals && { audit: seals }),
    // Only shown: what asks, and what gateways send, is answered.
    ...(restore && { restore }),
    // Only shown: while it is away, exchanges stay in the database.
    ...(archive && { audit_store: archive }),
  };
  // A gateway that is away is only shown: another API would not reach it either, and payments wait for it.
  // An API alone takes payments while the engine is away, and they wait as they do for a worker.
  const works = worker.status === "ok" && engine?.status !== "down";
  return { ok: database.status === "ok" && (works || deps.role === "api"), checks };
}

/** `paused`: queues that a person has paused in the engine's own tool; they look like slow ones. */
async function lookAtEngine(
  { engine }: HealthDeps,
  limitMs: number,
): Promise<{ status: string; problem: string | null; paused: readonly string[] } | null> {
  if (!engine) return null;
  return (await withinOrNull(limitMs, () => engine.health())) ?? { status: "down", problem: `no answer within ${limitMs} ms`, paused: [] };
}

/** `late`: nothing was sealed for an hour. Only shown: what waits is sealed once a process comes to it. */
async function lookAtSeals({ audit, clock }: HealthDeps, limitMs: number): Promise<{ status: string; oldest: string | null } | null> {
  if (!audit) return null;
  const oldest = await withinOrNull(limitMs, async () => ({ at: (await audit.unsealed(1))[0]?.oldestAt ?? null }));
  if (oldest === null) return { status: "unknown", oldest: null };
  const isLate = oldest.at !== null && clock.now() - oldest.at > SEAL_LATE_MS;
  return { status: isLate ? "late" : "ok", oldest: oldest.at === null ? null : iso(oldest.at) };
}

/** Null: none is open. */
async function lookAtRestore({ restores }: HealthDeps, limitMs: number): Promise<{ status: string; reason: string; since: string } | null> {
  const found = restores && (await withinOrNull(limitMs, () => restores.latest()));
  return found && found.finishedAt === null ? { status: "open", reason: found.reason, since: iso(found.begunAt) } : null;
}

/** The worst of them first. Only shown: the primary answers for one that is late or away. */
async function lookAtReplicas({ replicas }: HealthDeps, limitMs: number): Promise<{ status: string; each: readonly unknown[] } | null> {
  if (!replicas) return null;
  const each = (await withinOrNull(limitMs, replicas)) ?? [];
  const status = ["down", "foreign", "late", "ok"].find((one) => each.some((replica) => replica.status === one)) ?? "unknown";
  return { status, each: each.map((replica) => ({ status: replica.status, behind_bytes: replica.behindBytes })) };
}

/** `unknown` while the database does not answer, since it holds the heartbeats. */
async function lookAtWorker(deps: HealthDeps, limitMs: number): Promise<{ status: "ok" | "down" | "unknown"; last_seen: string | null }> {
  const now = deps.clock.now();
  const processes = await withinOrNull(limitMs, () => deps.reads.processes(now - LOOK_BACK_MS));
  if (processes === null) return { status: "unknown", last_seen: null };
  const seen = processes.filter((process) => process.role !== "api").map((process) => process.seenAt);
  if (seen.length === 0) return { status: "down", last_seen: null };
  // After the database's clock went back, a time in the future does not count as now.
  const lastSeen = seen.toSorted((a, b) => Math.abs(now - a) - Math.abs(now - b))[0]!;
  return { status: Math.abs(now - lastSeen) <= HEARTBEAT_STALE_MS ? "ok" : "down", last_seen: iso(lastSeen) };
}

async function timed(check: () => Promise<unknown>, limitMs: number): Promise<{ status: "ok" | "down"; latency_ms: number | null }> {
  const startedMs = performance.now();
  const answered = await withinOrNull(limitMs, () => check().then(() => true));
  return answered === null
    ? { status: "down", latency_ms: null }
    : { status: "ok", latency_ms: Math.round((performance.now() - startedMs) * 10) / 10 };
}
