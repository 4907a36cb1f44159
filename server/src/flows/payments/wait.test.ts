/** What a synchronous wait costs, and what it leaves behind. What it answers is told in create.test.ts and operations.test.ts. */
import { describe, expect, it } from "vitest";
import { drain } from "../../../../test/support/flows/fake-clock.ts";
import { diesOnceWritten } from "../../../../test/support/flows/crash.ts";
import { Held } from "../../../../test/support/flows/gateway.ts";
import { says, scope, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { MONEY_LEASE_MS, SYNC_LOOKS_PER_STATUS, SYNC_POLL_MS, SYNC_RUNNING_POLL_MS, SYNC_WAIT_MS } from "../../core/constants.ts";
import { StoreUnavailable, type Store } from "../../core/ports/store.ts";
import type { Answer } from "../idempotency.ts";
import type { Deps } from "../deps.ts";
import { runJob } from "../jobs/run.ts";
import { createPayment } from "./create.ts";

interface Counted {
  readonly deps: Deps;
  readonly asked: { findEvent: number; load: number };
}

/** Another process on the same database, whose questions are counted. */
function otherProcess(world: World, over: Partial<Store> = {}): Counted {
  const asked = { findEvent: 0, load: 0 };
  const { store } = world.deps;
  const counting: Store = {
    ...store,
    findEvent: (...given) => (asked.findEvent++, (over.findEvent ?? store.findEvent)(...given)),
    load: (...given) => (asked.load++, (over.load ?? store.load)(...given)),
    ...(over.take && { take: over.take }),
  };
  return { deps: { ...world.deps, store: counting }, asked };
}

const confirmIn = (world: World, deps: Deps, key = "k"): Promise<Answer> =>
  createPayment(deps, world.caller(key), world.input({ confirm: true }));

/** A payment whose charge hangs at the gateway in the first process, and 50 repeats of its request in the second. */
async function fiftyRepeats() {
  const world = new World();
  const held = new Held();
  world.gateway.next("send", held);
  const first = world.create({ confirm: true }, "k");
  await world.clock.advance(0);
  const other = otherProcess(world);
  const repeats = Promise.all(Array.from({ length: 50 }, () => confirmIn(world, other.deps)));
  await drain();
  return { world, held, first, other, repeats };
}

describe("50 who wait for one payment that another process charges", () => {
  it("look for its end as often as one would, and all get the same bytes", async () => {
    const { world, held, first, other, repeats } = await fiftyRepeats();
    Object.assign(other.asked, { findEvent: 0, load: 0 });
    const looks = 20;
    await world.clock.advance(looks * SYNC_POLL_MS);
    expect(other.asked).toEqual({ findEvent: looks, load: looks / SYNC_LOOKS_PER_STATUS });
    held.answer((attempt) => says.succeeded(attempt));
    const bodies = (await world.clock.until(Promise.all([first, repeats]))).flat().map((answer) => answer.body);
    expect(new Set(bodies).size).toBe(1);
  });

  it("are told within half a second that the shopper must act", async () => {
    const { world, held, repeats } = await fiftyRepeats();
    held.answer((attempt) => says.requiresAction(attempt));
    const started = world.clock.now();
    const answers = await world.clock.until(repeats);
    expect(new Set(answers.map((answer) => (JSON.parse(answer.body) as { status: string }).status))).toEqual(new Set(["requires_action"]));
    expect(world.clock.now() - started).toBeLessThanOrEqual(SYNC_LOOKS_PER_STATUS * SYNC_POLL_MS);
  });

  it("each wait their own ten seconds, and the look-out ends with the last", async () => {
    const { world, other } = await fiftyRepeats();
    await world.clock.advance(SYNC_WAIT_MS - SECOND);
    const late = confirmIn(world, other.deps);
    await world.clock.advance(SECOND);
    const started = world.clock.now();
    expect((await world.clock.until(late)).status).toBe(201);
    expect(world.clock.now() - started).toBe(SYNC_WAIT_MS - SECOND);
    const { findEvent } = other.asked;
    await world.clock.advance(SYNC_WAIT_MS);
    expect(other.asked.findEvent).toBe(findEvent);
    expect(world.clock.asleep).toBe(0);
  });

  it("are all told when the database does not answer, and the next one may ask again", async () => {
    const world = new World();
    world.gateway.next("send", new Held());
    void world.create({ confirm: true }, "k");
    await world.clock.advance(0);
    let isDown = true;
    const { deps } = otherProcess(world, {
      findEvent: (...given) => (isDown ? Promise.reject(new StoreUnavailable("down")) : world.deps.store.findEvent(...given)),
    });
    const refused = await Promise.allSettled(Array.from({ length: 5 }, () => confirmIn(world, deps)));
    expect(refused.map((each) => each.status === "rejected" && each.reason instanceof StoreUnavailable)).toEqual(Array(5).fill(true));
    isDown = false;
    expect((await world.clock.until(confirmIn(world, deps))).status).toBe(201);
  });
});

describe("one who waits for a charge in the same process", () => {
  it("asks twice a second while it runs, and is told when it has ended", async () => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const { deps, asked } = otherProcess(world);
    const creating = confirmIn(world, deps);
    await world.clock.advance(4 * SECOND + 1);
    expect(asked.findEvent).toBe((4 * SECOND) / SYNC_RUNNING_POLL_MS);
    held.answer((attempt) => says.succeeded(attempt));
    await world.clock.advance(0);
    expect((await creating).status).toBe(201);
    expect(asked.findEvent).toBe((4 * SECOND) / SYNC_RUNNING_POLL_MS);
  });

  it("is told at once when a worker of the process ends what another process had begun", async () => {
    const world = new World();
    void createPayment(diesOnceWritten(world.deps), world.caller("k"), world.input({ confirm: true }));
    await world.clock.advance(MONEY_LEASE_MS);
    const { deps, asked } = otherProcess(world, { take: async () => null });
    const repeating = confirmIn(world, deps);
    await drain();
    const [before, looks] = [world.clock.now(), asked.findEvent];
    await runJob(deps, (await world.claim())!);
    expect([(await repeating).status, asked.findEvent, world.clock.now()]).toEqual([201, looks, before]);
  });

  it.each(["succeeds", "is held"])("leaves no timer behind when it %s", async (how) => {
    const world = new World();
    if (how === "is held") world.gateway.next("send", new Held());
    await world.clock.until(world.create({ confirm: true }));
    await drain();
    expect(world.clock.asleep).toBe(0);
  });

  it("is not answered by the end of another merchant's payment", async () => {
    const world = new World();
    const held = new Held();
    world.gateway.next("send", held);
    const mine = world.create({ confirm: true }, "k");
    await world.clock.advance(SECOND);
    const theirs = await world.clock.until(
      createPayment(
        world.deps,
        { ...world.caller("k"), scope: { ...scope, merchantId: "mer_00000000000000000000000002" } },
        world.input({ confirm: true }),
      ),
    );
    held.answer((attempt) => says.succeeded(attempt));
    expect((await world.clock.until(mine)).body).not.toBe(theirs.body);
  });
});
