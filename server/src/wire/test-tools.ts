/** What the routes for tests work with. */
import type { TestTools } from "../api/deps.ts";
import type { Gateway } from "../connectors/exchange.ts";
import type { Queue } from "../core/ports/world.ts";
import { QUEUE_NAMES } from "../core/queues.ts";
import type { PostgresStorage } from "../storage/postgres/index.ts";
import type { DatabaseClock } from "../system/clock.ts";
import type { TestMode } from "../system/test-mode.ts";

interface Tested {
  readonly storage: PostgresStorage;
  readonly clock: DatabaseClock;
  readonly test: TestMode;
}

export function testTools({ storage, clock, test }: Tested, queue: Queue, gateways: ReadonlyMap<string, Gateway>): TestTools {
  return {
    jobs: () => storage.testMode.jobs(clock.now()),
    advance: async (ms) => {
      const moved = await test.advance(clock, ms);
      queue.hint(QUEUE_NAMES);
      return moved;
    },
    setFaults: async (faults) => {
      for (const { setFaults } of gateways.values()) await setFaults?.(faults);
    },
  };
}
