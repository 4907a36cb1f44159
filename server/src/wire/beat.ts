import { SNAPSHOT_OLD_MS } from "../core/constants.ts";
import { newId } from "../core/ids.ts";
import type { Heartbeat } from "../core/ports/store.ts";
import type { Log } from "../core/ports/world.ts";
import type { Deps } from "../flows/deps.ts";
import { warnOfSnapshot } from "../observe/snapshots.ts";
import type { PostgresStorage } from "../storage/postgres/index.ts";
import { measureOffset, type DatabaseClock } from "../system/clock.ts";
import type { TestMode } from "../system/test-mode.ts";

interface Heart {
  readonly storage: PostgresStorage;
  readonly clock: DatabaseClock;
  readonly test: TestMode | null;
}

interface Beating {
  readonly role: Heartbeat["role"];
  readonly log: Log;
  readonly snapshotOldMs?: number;
}

/** The heartbeat of this process. Now and then it looks for a session that keeps dead rows alive. */
export function beater({ store, random }: Deps, { storage, clock, test }: Heart, options: Beating): () => Promise<number> {
  const { role, snapshotOldMs = SNAPSHOT_OLD_MS } = options;
  const startedAt = clock.now();
  const id = newId("req", startedAt, random.bytes(16));
  let lookAtMs = 0;
  return async () => {
    if (performance.now() >= lookAtMs) {
      lookAtMs = performance.now() + snapshotOldMs / 2;
      // If this look fails, the beat shows what is wrong.
      void warnOfSnapshot(storage, options.log, snapshotOldMs).catch(() => undefined);
    }
    // What was flushed before this beat is still there once the beat is acknowledged, and so by every standby that must have it.
    await storage.restores.look();
    const ahead = (await test?.follow()) ?? 0;
    return clock.adjust(ahead + (await measureOffset(clock.elapsed, () => store.heartbeat({ id, role, startedAt, now: clock.now() }))));
  };
}
