import { describe, expect, it } from "vitest";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { API_VERSION, DAY, MINUTE, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { COMMIT_TRIES_MAX } from "../../core/constants.ts";
import type { Store } from "../../core/ports/store.ts";
import { iso } from "../../core/represent.ts";
import { Contended } from "../commit.ts";
import { failures, owing, sendAgain } from "./sending.testing.ts";

describe("sending again by hand", () => {
  it("starts the schedule anew, and the log goes on", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push(...failures(5 + 2));
    await world.later(DAY);
    const start = world.clock.now();
    await sendAgain(world);
    await world.later(DAY);
    expect(world.tables.tries.slice(5).map((entry) => [entry.n, entry.at - start])).toEqual([
      [6, 0],
      [7, MINUTE],
      [8, 6 * MINUTE],
    ]);
    expect(world.deliveries).toMatchObject([{ status: "succeeded", tries: 8 }]);
  });

  it("may repeat one that succeeded", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    await sendAgain(world);
    await world.work();
    expect(world.receiver.got.map((message) => message.event.id)).toEqual([
      world.receiver.got[0]!.event.id,
      world.receiver.got[0]!.event.id,
    ]);
  });

  it("twice at once is sent once: the second is told that it is being tried", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    const both = [sendAgain(world), sendAgain(world)];
    expect(await Promise.allSettled(both)).toMatchObject([
      { status: "fulfilled" },
      {
        status: "rejected",
        reason: { code: "invalid_state", message: `This delivery is still being tried. Next try at ${iso(world.clock.now())}.` },
      },
    ]);
    await world.work();
    expect(world.receiver.got).toHaveLength(2);
    expect(world.tables.tries.map((entry) => entry.n)).toEqual([1, 2]);
  });

  it("twice under one key is sent once, and both get the same answer (U9)", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    const first = await sendAgain(world, { key: "again" });
    await world.work();
    const second = await sendAgain(world, { key: "again" });
    await world.work();
    expect(second).toEqual({ ...first, replayed: true, apiVersion: API_VERSION });
    expect(world.receiver.got).toHaveLength(2);
  });

  it("twice at once under one key is sent once, and both get the same answer (U9)", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    const both = await Promise.all([sendAgain(world, { key: "again" }), sendAgain(world, { key: "again" })]);
    expect(new Set(both.map((answer) => answer.body)).size).toBe(1);
    await world.work();
    expect(world.receiver.got).toHaveLength(2);
  });

  it("refused is about the moment: the same key works when the moment has passed", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await expect(sendAgain(world, { key: "again" })).rejects.toMatchObject({ code: "invalid_state" });
    await world.work();
    expect(await sendAgain(world, { key: "again" })).toMatchObject({ status: 200, replayed: false });
  });

  it("decided upon before another one was sent never sets the tries back: it decides again, and the log goes on", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    world.receiver.script.push(...failures(5));
    await world.later(DAY);
    let looked = 0;
    const store: Store = {
      ...world.deps.store,
      delivery: async (of, wanted) => {
        const load = await world.deps.store.delivery(of, wanted);
        if (++looked > 1) return load;
        // Between this person's look and write another one has it sent, and it arrives.
        await sendAgain(world);
        await world.work();
        return load;
      },
    };
    await sendAgain(world, { store });
    await world.work();
    expect(world.tables.tries.map((entry) => entry.n)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(world.deliveries).toMatchObject([{ status: "succeeded", tries: 7, scheduleStart: 6 }]);
    expect(world.tables.jobs.size).toBe(0);
    expect(broken(world.tables)).toEqual([]);
  });

  it("gives up where others are faster each time", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    let commits = 0;
    const store: Store = { ...world.deps.store, commit: async () => (commits++, "stale") };
    await expect(sendAgain(world, { store })).rejects.toThrow(Contended);
    expect(commits).toBe(COMMIT_TRIES_MAX);
  });

  it("is refused while it is still being tried", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await expect(sendAgain(world)).rejects.toMatchObject({ code: "invalid_state" });
  });

  it("is refused where its endpoint is gone", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    world.tables.endpoints.clear();
    await expect(sendAgain(world)).rejects.toMatchObject({ code: "invalid_state" });
  });

  it("of somebody else's delivery is not found", async () => {
    const world = new World({ endpoints: 1 });
    await owing(world);
    await world.work();
    await expect(sendAgain(world, { scope: { ...scope, mode: "live" } })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});
