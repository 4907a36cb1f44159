import type { Log } from "../core/ports/world.ts";

interface Held {
  readonly ageMs: number;
  readonly pid: number;
}

/** Says which session has held its snapshot for too long, and how to end it. */
export async function warnOfSnapshot(
  storage: { readonly oldestSnapshot: () => Promise<Held | null> },
  log: Log,
  oldMs: number,
): Promise<void> {
  const held = await storage.oldestSnapshot();
  if (held === null || held.ageMs < oldMs) return;
  const { ageMs, ...holder } = held;
  const cure = `end it with select pg_terminate_backend(${held.pid})`;
  log.warn(
    { ...holder, age_s: Math.round(ageMs / 1_000) },
    `an old snapshot keeps PostgreSQL from removing dead rows, so claims get slow: ${cure}`,
  );
}
