/** The work on a queue whose jobs travel through an engine: what is due is relayed to it, what it brings is taken and run. */
import { POLL_MS, WORKER_SLOTS } from "../core/constants.ts";
import type { Engine } from "../core/ports/engine.ts";
import type { QueueName } from "../core/queues.ts";
import type { Deps } from "../flows/deps.ts";
import { Lanes } from "./lanes.ts";
import type { QueueLoop } from "./loop.ts";
import { createReceiver } from "./receiver.ts";
import { createRelay } from "./relay.ts";

interface Place {
  readonly engine: Engine;
  readonly queue: QueueName;
  readonly signal: AbortSignal;
}

export function relayedLoop(deps: Deps, { engine, queue, signal }: Place): QueueLoop {
  const lanes = new Lanes();
  let woken = new AbortController();
  const wake = (): void => woken.abort();
  const relay = createRelay(deps, { engine, queue, lanes, signal });
  const onEnd = (lane: string): void => {
    if (relay.isFull() || lanes.wasFull(lane)) wake();
  };
  const receiver = createReceiver(deps, { engine, queue, lanes, signal, onEnd });
  return { queue, run, wake, busy: () => lanes.total, idle: receiver.idle };

  async function run(): Promise<void> {
    const consumer = engine.consume(queue, { atOnce: WORKER_SLOTS, receive: receiver.receive });
    while (!signal.aborted) {
      const current = (woken = new AbortController());
      const isBehind = await relay.round();
      if (!isBehind) await deps.clock.sleep(POLL_MS, current.signal);
    }
    await consumer.stop();
  }
}
