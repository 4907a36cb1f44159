/** Whether Kafka is there, and how much waits in it: looked at in the background, so that nobody who asks waits for it. */
import { setTimeout as sleep } from "node:timers/promises";
import type * as KafkaJs from "kafkajs";
import type { Log } from "../../core/ports/world.ts";
import { within } from "../../net/within.ts";
import type { Depths } from "./depths.ts";
import type { Names } from "./names.ts";
import { ensureTopics, NoTopic } from "./topics.ts";

const LOOK_MS = 2_000;
const FIRST_LOOK_MS = 8_000;
const EVERY_MS = 1_000;
/** While a queue is full, its relay waits for the figure. */
const EVERY_FULL_MS = 200;

export interface Watch {
  /** Throws what is wrong with Kafka, instead of waiting for it. */
  check(): void;
  close(): Promise<void>;
}

export interface Watched {
  readonly makeAdmin: () => KafkaJs.Admin;
  readonly names: Names;
  readonly depths: Depths;
  readonly log: Log;
}

/** Looks once before it resolves. Throws `NoTopic` if a topic is missing that we may not make; a Kafka that is away is waited for behind. */
export async function openWatch({ makeAdmin, names, depths, log }: Watched): Promise<Watch> {
  const stopping = new AbortController();
  let problem: string | null = null;
  let admin: KafkaJs.Admin | null = null;
  let hasTopics = false;

  async function look(): Promise<void> {
    if (admin === null) {
      admin = makeAdmin();
      await admin.connect();
    }
    const own = admin;
    if (!hasTopics) await ensureTopics(own, names);
    hasTopics = true;
    // Also where nobody asks for a depth: it is the sign that Kafka is there, and the topics with it.
    await own.fetchTopicMetadata({ topics: names.topics.map(({ topic }) => topic) });
    await depths.measure(own);
  }

  /** Null, or what went wrong. */
  async function tryLook(ms: number): Promise<unknown> {
    try {
      await within(ms, look(), "Kafka");
      if (problem !== null) log.info({}, "Kafka is back");
      problem = null;
      return null;
    } catch (error) {
      if (stopping.signal.aborted) return null;
      const said = error instanceof NoTopic ? error.message : `Kafka is away: ${(error as Error).message}`;
      if (problem === null) log.warn({ error: String(error) }, `${said}; jobs wait in the database until it is there`);
      problem = said;
      hasTopics = false;
      // Another one next time: what a connection went through while the broker was away is not to be guessed.
      void admin?.disconnect().catch(() => undefined);
      admin = null;
      return error;
    }
  }

  async function goOn(): Promise<void> {
    while (!stopping.signal.aborted) {
      const pauseMs = depths.isAnyFull() ? EVERY_FULL_MS : EVERY_MS;
      await sleep(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (!stopping.signal.aborted) await tryLook(LOOK_MS);
    }
  }

  const failure = await tryLook(FIRST_LOOK_MS);
  if (failure instanceof NoTopic) throw failure;
  void goOn();
  return {
    check: () => {
      if (problem !== null) throw new Error(problem);
    },
    close: async () => {
      stopping.abort();
      await admin?.disconnect();
    },
  };
}
