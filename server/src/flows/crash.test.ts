import { describe, expect, it } from "vitest";
import { diesOnceWritten, mortal } from "../../../test/support/flows/crash.ts";
import { broken } from "../../../test/support/flows/invariants.ts";
import { HOUR, says } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import { drain } from "../../../test/support/flows/fake-clock.ts";
import { runJob } from "../flows/jobs/run.ts";
import { cancelPayment, capturePayment } from "./payments/operations.ts";

interface Story {
  readonly name: string;
  /** Brings a payment to where a job is due; answers its id. */
  readonly arrange: (world: World) => Promise<string>;
  readonly status: string;
  readonly net: number;
  /** Webhooks that the merchant got at least once, in any order. */
  readonly told: readonly string[];
}

const stories: readonly Story[] = [
  { name: "a charge", arrange: (world) => world.created(), status: "succeeded", net: 1_000, told: ["payment.succeeded"] },
  {
    name: "a charge whose answer is lost",
    arrange: async (world) => {
      world.gateway.next("send", "answer lost");
      return world.created();
    },
    status: "succeeded",
    net: 1_000,
    told: ["payment.succeeded"],
  },
  {
    name: "a charge that never arrives",
    arrange: async (world) => {
      world.gateway.next("send", "request lost");
      return world.created();
    },
    status: "succeeded",
    net: 1_000,
    told: ["payment.succeeded"],
  },
  {
    name: "a charge that cascades to the next gateway",
    arrange: async (world) => {
      world.gateway.next("send", says.notSent);
      return world.created();
    },
    status: "succeeded",
    net: 1_000,
    told: ["payment.succeeded"],
  },
  {
    name: "a capture",
    arrange: async (world) => {
      const id = await world.authorized();
      void capturePayment(diesOnceWritten(world.deps), world.caller(), { paymentId: id });
      await drain();
      return id;
    },
    status: "succeeded",
    net: 1_000,
    told: ["payment.authorized", "payment.succeeded"],
  },
  {
    name: "a void",
    arrange: async (world) => {
      const id = await world.authorized();
      void cancelPayment(diesOnceWritten(world.deps), world.caller(), { paymentId: id });
      await drain();
      return id;
    },
    status: "canceled",
    net: 0,
    told: ["payment.authorized", "payment.canceled"],
  },
  {
    name: "a decline that is captured later",
    arrange: async (world) => {
      world.gateway.next("send", says.declined());
      const id = await world.created();
      await world.work();
      const [charge] = world.attempts(id);
      world.gateway.did(charge!);
      await world.hook({ attempt: charge!, outcome: says.succeeded(charge!) });
      return id;
    },
    status: "failed",
    net: 0,
    told: ["case.opened", "payment.failed"],
  },
];

/** Runs the story with one worker that dies at this call, then with others that live. Answers where it died; null where it did not. */
async function live(story: Story, at: { call: number; when: "before" | "after" }): Promise<string | null> {
  const world = new World({ accounts: 2, endpoints: 1 });
  const id = await story.arrange(world);
  const process = mortal(world.deps, at);
  for (let turns = 0; turns < 40 && process.died() === null; turns++) {
    const job = await world.claim();
    if (!job) {
      await world.clock.advance(60_000);
      continue;
    }
    void runJob(process.deps, job);
    await drain();
  }
  await world.later(4 * HOUR);
  const where = `${story.name}, killed ${process.died()}`;
  expect({ where, broken: broken(world.tables) }).toEqual({ where, broken: [] });
  expect({ where, status: world.payment(id).status, net: world.gateway.net, jobs: world.tables.jobs.size }).toEqual({
    where,
    status: story.status,
    net: story.net,
    jobs: 0,
  });
  const told = new Set(world.receiver.got.map((message) => message.event.type));
  expect({ where, told: [...told].sort() }).toEqual({ where, told: [...story.told].sort() });
  expect({ where, open: world.cases() }).toEqual({ where, open: [] });
  return process.died();
}

describe("a worker killed between any two steps", () => {
  it.each(stories.map((story) => [story.name, story] as const))("of %s: nothing is lost, doubled or left lying", async (_, story) => {
    const points = new Set<string>();
    for (let call = 1; ; call++) {
      const died = [await live(story, { call, when: "before" }), await live(story, { call, when: "after" })];
      for (const point of died) if (point !== null) points.add(point);
      if (died.every((point) => point === null)) break;
    }
    // The calls that the reader of a failure will look for; fewer would mean that the story was not played.
    for (const point of ["before store.commit", "after store.commit", "before store.load", "before bank.send", "after bank.send"])
      expect(points).toContain(point);
  });
});
