/** The conformance suite of queue engines, whatever carries their hints. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { QueueName } from "../core/queues.ts";
import type { Log, Queue } from "../core/ports/world.ts";

/** Makes an engine and waits until it carries hints. */
export type MakeQueue = (log: Log) => Promise<Queue>;

export function queueConformance(engine: string, make: MakeQueue): void {
  describe(`the ${engine} queue`, () => {
    const open: Queue[] = [];
    afterEach(async () => {
      await Promise.all(open.splice(0).map((queue) => queue.close()));
    });
    it.each(CASES)("%s", async (_rule, check) => {
      const errors: string[] = [];
      const start = async (): Promise<Started> => {
        const queue = await make({ info: () => {}, warn: () => {}, error: (_fields, message) => void errors.push(message) });
        open.push(queue);
        const heard: QueueName[] = [];
        queue.onHint((name) => heard.push(name));
        return { queue, heard, errors };
      };
      await check(start);
    });
  });
}

interface Started {
  readonly queue: Queue;
  readonly heard: QueueName[];
  readonly errors: string[];
}

type Check = (start: () => Promise<Started>) => Promise<void>;

const CASES: readonly (readonly [rule: string, check: Check])[] = [
  [
    "calls back for each hinted queue, after the caller's own turn",
    async (start) => {
      const { queue, heard } = await start();
      queue.hint(["webhook-queue", "payment-queue"]);
      expect(heard).toEqual([]);
      await vi.waitFor(() => expect(heard.toSorted()).toEqual(["payment-queue", "webhook-queue"]));
    },
  ],
  [
    "makes one call per queue of many hints in one turn",
    async (start) => {
      const { queue, heard } = await start();
      for (let n = 0; n < 1_000; n += 1) queue.hint(["payment-queue"]);
      queue.hint(["refund-queue"]);
      await vi.waitFor(() => expect(heard).toContain("refund-queue"));
      expect(heard).toEqual(["payment-queue", "refund-queue"]);
    },
  ],
  [
    "calls back again for a hint given in a callback",
    async (start) => {
      const { queue } = await start();
      let calls = 0;
      queue.onHint(() => {
        calls += 1;
        if (calls < 5) queue.hint(["payment-queue"]);
      });
      queue.hint(["payment-queue"]);
      await vi.waitFor(() => expect(calls).toBe(5));
    },
  ],
  [
    "calls every receiver, even if one of them throws",
    async (start) => {
      const { queue, heard, errors } = await start();
      const late: QueueName[] = [];
      queue.onHint(() => {
        throw new Error("broken receiver");
      });
      queue.onHint((name) => late.push(name));
      queue.hint(["payment-queue"]);
      await vi.waitFor(() => expect(late).toEqual(["payment-queue"]));
      expect(heard).toEqual(["payment-queue"]);
      expect(errors).toHaveLength(1);
    },
  ],
  [
    "calls nobody for an empty hint",
    async (start) => {
      const { queue: deaf } = await start();
      deaf.hint(["payment-queue"]);
      await deaf.close();
      const { queue: other, heard } = await start();
      other.hint([]);
      other.hint(["refund-queue"]);
      await vi.waitFor(() => expect(heard).toEqual(["refund-queue"]));
    },
  ],
  [
    "is silent after close, which may be called twice",
    async (start) => {
      const { queue: idle, heard: heardByIdle } = await start();
      await idle.close();
      idle.hint(["payment-queue"]);
      const { queue, heard } = await start();
      queue.hint(["payment-queue"]);
      await queue.close();
      queue.hint(["webhook-queue"]);
      await queue.close();
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      expect([...heard, ...heardByIdle]).toEqual([]);
    },
  ],
];
