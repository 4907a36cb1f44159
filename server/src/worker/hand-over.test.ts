/** Jobs that are born on their way to the engine: what the rows say then, and what the engine is told. */
import { expect, it } from "vitest";
import { drain } from "../../../test/support/flows/fake-clock.ts";
import { aJob, numberedId, scope } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import { ENGINE_LEASE_MS, ENGINE_TOKEN } from "../core/engines.ts";
import type { Job } from "../core/model.ts";
import type { Engine, Message } from "../core/ports/engine.ts";
import { commit } from "../flows/commit.ts";
import { handOver } from "./hand-over.ts";

class Setting {
  readonly world = new World();
  readonly published: Message[] = [];
  readonly tracked: Promise<void>[] = [];
  room = 1_000;
  publish: () => Promise<void> = async () => {};
  readonly engine: Engine = {
    name: "redis",
    room: async () => this.room,
    publish: async (_queue, messages) => {
      await this.publish();
      this.published.push(...messages);
    },
    consume: () => ({ stop: async () => {} }),
    health: async () => ({ status: "ok", problem: null, paused: [] }),
    close: async () => {},
  };
  readonly handing = { ...this.world.deps, engine: this.engine, track: (work: Promise<void>) => this.tracked.push(work) };
  readonly store = handOver(this.handing).store;
  #made = 0;

  /** Commits a job. @returns its row */
  async insert(given: Partial<Job> = {}): Promise<Job | undefined> {
    const job = aJob({
      id: numberedId("job", ++this.#made),
      queue: "webhook-queue",
      kind: "webhook",
      tries: 0,
      leaseToken: null,
      runAt: this.world.clock.now(),
      ...given,
    });
    await this.store.commit({ ...scope, jobs: { insert: [job] } });
    await drain();
    return this.world.tables.jobs.get(job.id);
  }

  /** The engine is asked how much room it has by the first job, which it does not wait for. */
  async know(): Promise<void> {
    await this.insert();
    await this.world.clock.advance(200);
    await this.insert();
    await this.world.clock.advance(5);
    this.published.length = 0;
  }
}

const born = (setting: Setting) => ({ leaseToken: ENGINE_TOKEN, runAt: setting.world.clock.now() + ENGINE_LEASE_MS, tries: 0 });

it("a due job is leased to the engine by its own commit, and published after it", async () => {
  const setting = new Setting();
  await setting.know();
  const row = await setting.insert();
  expect(row).toMatchObject(born(setting));
  await setting.world.clock.advance(5);
  expect(setting.published.map(({ jobId }) => jobId)).toContain(row!.id);
});

it("a publication that is under way is told of, so that a process that stops waits for it", async () => {
  const setting = new Setting();
  await setting.know();
  let letGo = () => {};
  setting.publish = () => new Promise((resolve) => (letGo = resolve));
  const row = await setting.insert();
  await setting.world.clock.advance(5);
  expect(setting.published).toEqual([]);
  letGo();
  await Promise.all(setting.tracked);
  expect(setting.published.map(({ jobId }) => jobId)).toEqual([row!.id]);
});

it("no relay is woken for what goes to the engine by itself, and one is for what does not", async () => {
  const setting = new Setting();
  await setting.know();
  const { store, isUnderWay } = handOver(setting.handing);
  const hinted: unknown[] = [];
  const queue = { ...setting.world.deps.queue, hint: (queues: unknown) => void hinted.push(queues) };
  const insert = async (n: number, runAt: number): Promise<void> => {
    const job = aJob({ id: numberedId("job", n), queue: "webhook-queue", kind: "webhook", tries: 0, leaseToken: null, runAt });
    await commit({ ...setting.world.deps, store, isUnderWay, queue }, { ...scope, jobs: { insert: [job] } });
  };
  // It does not know yet whether the engine has room.
  await insert(90, setting.world.clock.now());
  expect(hinted).toEqual([["webhook-queue"]]);
  await setting.world.clock.advance(200);
  await insert(91, setting.world.clock.now());
  await setting.world.clock.advance(5);
  hinted.length = 0;
  await insert(92, setting.world.clock.now());
  await setting.world.clock.advance(5);
  expect(setting.published.map(({ jobId }) => jobId)).toContain(numberedId("job", 92));
  expect(hinted).toEqual([]);
});

it("a job that is due later, and one that somebody holds, stay as they are", async () => {
  const setting = new Setting();
  await setting.know();
  const runAt = setting.world.clock.now() + 5_000;
  expect(await setting.insert({ runAt })).toMatchObject({ runAt, leaseToken: null });
  expect(await setting.insert({ leaseToken: "mine" })).toMatchObject({ leaseToken: "mine" });
  await setting.world.clock.advance(5);
  expect(setting.published).toEqual([]);
});

it("without room in the engine a job is born free", async () => {
  const setting = new Setting();
  setting.room = 0;
  await setting.know();
  expect(await setting.insert()).toMatchObject({ leaseToken: null, runAt: setting.world.clock.now() });
});

it("between two looks no more are born on their way than there was room", async () => {
  const setting = new Setting();
  setting.room = 3;
  await setting.insert();
  await setting.world.clock.advance(200);
  const rows = [];
  for (let n = 0; n < 6; n++) rows.push((await setting.insert())!.leaseToken);
  // The first of them asks anew, and is judged by the look before.
  expect(rows.filter((token) => token === ENGINE_TOKEN).length).toBeLessThanOrEqual(4);
  expect(rows.at(-1)).toBeNull();
});

it("of a change that is not written nothing is told", async () => {
  const setting = new Setting();
  await setting.know();
  const stale = { id: numberedId("job", 99), token: "nobody" };
  const job = aJob({ id: numberedId("job", 98), tries: 0, leaseToken: null, runAt: setting.world.clock.now() });
  expect(await setting.store.commit({ ...scope, job: stale, jobs: { insert: [job] } })).toBe("stale");
  await setting.world.clock.advance(5);
  expect(setting.published).toEqual([]);
});

it("what the engine may not have is due at once, for the relay", async () => {
  const setting = new Setting();
  await setting.know();
  setting.publish = () => Promise.reject(new Error("away"));
  const { id } = (await setting.insert())!;
  await setting.world.clock.advance(5);
  expect(setting.world.tables.jobs.get(id)).toMatchObject({ leaseToken: null });
  expect(setting.world.tables.jobs.get(id)!.runAt).toBeLessThanOrEqual(setting.world.clock.now());
  expect(await setting.insert()).toMatchObject({ leaseToken: null });
});

it("what waits for an engine that hangs fills its room: no more are born than it said it takes", async () => {
  const setting = new Setting();
  setting.room = 3;
  setting.publish = () => new Promise(() => {});
  await setting.insert();
  const rows: (string | null)[] = [];
  for (let n = 0; n < 12; n++) {
    // Each asks for the room anew.
    await setting.world.clock.advance(200);
    rows.push((await setting.insert())!.leaseToken);
  }
  expect(rows.filter((token) => token === ENGINE_TOKEN).length).toBeLessThanOrEqual(4);
  expect(rows.at(-1)).toBeNull();
});

it("a job that a request runs itself has one message where others read along, and none where much waits", async () => {
  const setting = new Setting();
  expect(handOver(setting.handing).startsHere).toBeUndefined();
  const { startsHere } = handOver({ ...setting.handing, engine: { ...setting.engine, announce: async () => {} } });
  let letGo = () => {};
  setting.publish = () => new Promise((resolve) => (letGo = resolve));
  startsHere!(aJob({ id: numberedId("job", 1) }));
  await setting.world.clock.advance(5);
  for (let n = 2; n < 1_000; n++) startsHere!(aJob({ id: numberedId("job", n) }));
  letGo();
  await drain();
  await setting.world.clock.advance(5);
  letGo();
  await drain();
  expect(setting.published).toHaveLength(501);
});
