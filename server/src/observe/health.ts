import { HEARTBEAT_STALE_MS } from "../core/constants.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Ms } from "../core/model.ts";
import type { Reads } from "../core/ports/reads.ts";
import type { Heartbeat } from "../core/ports/store.ts";
import { iso } from "../core/represent.ts";

export interface HealthDeps {
  /** Asks the database something small that fails where it cannot be written to, and writes nothing. */
  readonly ping: () => Promise<unknown>;
  readonly reads: Pick<Reads, "processes" | "openCases">;
  readonly clock: Pick<Clock, "now">;
  /** Which role this process has: an API alone serves without a worker, the others do not. */
  readonly role: Heartbeat["role"];
  /** By name: reaches a gateway that can be asked whether it is there. */
  readonly gateways?: Readonly<Record<string, () => Promise<unknown>>>;
  /** Other limit than `HEALTH_CHECK_MS`, for tests. */
  readonly checkTimeoutMs?: number;
}

export interface Readiness {
  /** True while this process can serve: an API without a worker or a gateway takes payments on, and they wait. */
  readonly ok: boolean;
  /** Each gateway stands here by its name, as the database does. */
  readonly checks: {
    readonly database: Timed;
    /** `unknown` while the database does not answer: the heartbeats stand there. */
    readonly worker: { readonly status: "ok" | "down" | "unknown"; readonly last_seen: string | null };
    /** What a person must look at, over all merchants, counted up to `OPEN_CASES_COUNTED_MAX`. Null while the database does not answer. */
    readonly cases: { readonly open: number | null };
  } & Readonly<Record<string, unknown>>;
}

interface Timed {
  readonly status: "ok" | "down";
  readonly latency_ms: number | null;
}

export interface Health {
  /** Looks at most once a second, however many ask: anybody may. Never rejects. */
  ready(): Promise<Readiness>;
}

/** A database that takes longer than this cannot serve payments either: its own statements end after 2 s. */
export const HEALTH_CHECK_MS = 1_000;
const LOOK_EVERY_MS = 1_000;
/** How far back a vanished worker is still named. */
const LOOK_BACK_MS = 3_600_000;

export function createHealth(deps: HealthDeps): Health {
  let last: { readonly at: Ms; readonly readiness: Promise<Readiness> } | null = null;
  return {
    ready: () => {
      const now = deps.clock.now();
      if (last === null || Math.abs(now - last.at) >= LOOK_EVERY_MS) last = { at: now, readiness: look(deps) };
      return last.readiness;
    },
  };
}

async function look(deps: HealthDeps): Promise<Readiness> {
  const limitMs = deps.checkTimeoutMs ?? HEALTH_CHECK_MS;
  const [database, worker, open, ...gateways] = await Promise.all([
    timed(deps.ping, limitMs),
    lookAtWorker(deps, limitMs),
    within(() => deps.reads.openCases(), limitMs),
    ...Object.entries(deps.gateways ?? {}).map(async ([name, ask]) => [name, await timed(ask, limitMs)] as const),
  ]);
  const checks = { ...Object.fromEntries(gateways), database, worker, cases: { open } };
  // A gateway that is away is shown, no more: another API would not reach it either, and payments wait for it.
  return { ok: database.status === "ok" && (worker.status === "ok" || deps.role === "api"), checks };
}

async function lookAtWorker(deps: HealthDeps, limitMs: number): Promise<Readiness["checks"]["worker"]> {
  const now = deps.clock.now();
  const processes = await within(() => deps.reads.processes(now - LOOK_BACK_MS), limitMs);
  if (processes === null) return { status: "unknown", last_seen: null };
  const seen = processes.filter((process) => process.role !== "api").map((process) => process.seenAt);
  if (seen.length === 0) return { status: "down", last_seen: null };
  // Seen in the future, where the database's clock went back, is not seen now.
  const lastSeen = seen.toSorted((a, b) => Math.abs(now - a) - Math.abs(now - b))[0]!;
  return { status: Math.abs(now - lastSeen) <= HEARTBEAT_STALE_MS ? "ok" : "down", last_seen: iso(lastSeen) };
}

async function timed(check: () => Promise<unknown>, limitMs: number): Promise<Timed> {
  const startedMs = performance.now();
  const answer = await within(async () => {
    await check();
    return true;
  }, limitMs);
  return answer === null
    ? { status: "down", latency_ms: null }
    : { status: "ok", latency_ms: Math.round((performance.now() - startedMs) * 10) / 10 };
}

/** The answer, or null where it fails or takes longer. */
async function within<Value>(ask: () => Promise<Value>, limitMs: number): Promise<Value | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), limitMs);
    const end = (value: Value | null): void => {
      clearTimeout(timer);
      resolve(value);
    };
    // Inside a promise, so that a check that throws at once is a failure like any other.
    Promise.resolve()
      .then(ask)
      .then(end, () => end(null));
  });
}
