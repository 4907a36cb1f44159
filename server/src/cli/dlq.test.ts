import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Json } from "../../../test/journeys/support/merchant.ts";
import { connect } from "../../../test/support/connect.ts";
import { databaseServers } from "../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../test/support/storage.ts";
import { DEAD_MESSAGES_OPEN_MAX, DEAD_VALUE_MAX, type Unreadable } from "../core/dead-messages.ts";
import { ENGINE_TOKEN } from "../core/engines.ts";
import type { Job } from "../core/model.ts";
import { keeperOf } from "../flows/dead-messages/keep.ts";
import { addJobs } from "../storage/conformance/rows.testing.ts";
import type { Parts } from "../wire.ts";
import { dlqVerbs } from "./dlq.ts";

const [server] = databaseServers();
const NOW = Date.UTC(2026, 10, 29, 12);
const poison: Unreadable = {
  engine: "kafka",
  place: "payments.created",
  partition: 3,
  position: "17",
  reason: "This is no message of Tillway: it is no JSON.",
  value: "poison",
  headers: { kind: "charge" },
};

describe("tillway dlq", () => {
  let storage: TestStorage;
  const errors: Readonly<Record<string, unknown>>[] = [];
  beforeAll(async () => void (storage = await postgresStorage(server!.url)));
  afterAll(() => storage?.close());
  beforeEach(async () => {
    errors.length = 0;
    await rows("delete from dead_messages");
  });

  const rows = (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
    connect(storage.databaseUrl, async (client) => (await client.query(text, values)).rows);

  let atMs = NOW;
  const deps = () => ({
    deadMessages: storage.upkeep.deadMessages,
    clock: { now: () => (atMs += 1) },
    random: { float: () => 0.5, bytes: (length: number) => randomBytes(length) },
  });
  const log = { info: () => {}, warn: () => {}, error: (fields: (typeof errors)[number]) => void errors.push(fields) };
  const bury = (found: Partial<Unreadable> = {}) => keeperOf({ ...deps(), log })({ ...poison, ...found });
  const said = async (verb: string, given: Record<string, string> = {}, id = "") => {
    const { text, json } = await dlqVerbs[verb]!.run({ deps: deps() } as unknown as Parts, given, id);
    return { text, json: json as Json };
  };
  const listed = async (given: Record<string, string> = {}): Promise<string[]> =>
    (await said("list", given)).json.data.map((row: { position: string }) => row.position);
  const onlyId = async (): Promise<string> => (await said("list")).json.data[0].id;

  const jobNamed = async (given: Partial<Job>): Promise<Job> =>
    (await addJobs(storage.store, 1, () => ({ queue: "webhook-queue", ...given })))[0]!;
  const naming = ({ id }: Job) => ({ value: JSON.stringify({ version: 2, job: { jobId: id, lane: "whe_1" } }) });

  it("shows a message once, however often the engine brings it, with its reason, its place, its headers and its value", async () => {
    for (let n = 0; n < 3; n++) await bury();
    await bury({ position: "18" });
    await bury({ engine: "redis", place: "webhook-queue", partition: null, position: "17" });
    await bury({ engine: "redis", place: "webhook-queue", partition: null, position: "17" });
    expect(await listed()).toEqual(["17", "18", "17"]);
    expect(errors).toHaveLength(3);
    const [, , first] = (await said("list")).json.data;
    const { text, json } = await said("show", {}, first.id);
    expect(json).toMatchObject({
      status: "open",
      place: "payments.created",
      partition: 3,
      position: "17",
      value: "poison",
      bytes: 6,
      job_id: null,
    });
    for (const part of [poison.reason, "kafka payments.created, partition 3, offset 17", "kind: charge", "poison"])
      expect(text).toContain(part);
  });

  it.each([
    ["a card number", "4242 4242 4242 4242", /^\[card number\]$/],
    ["a secret of ours", `whsec_${"a".repeat(40)}`, /^(?!.*aaaa)/],
    ["more than is kept", "x".repeat(DEAD_VALUE_MAX + 1), new RegExp(`^x{${DEAD_VALUE_MAX}}…$`)],
    ["zero bytes", "a\0b", /^a\ufffdb$/],
    ["nothing", null, /^$/],
  ])("keeps of a value with %s what may be kept, and names its size", async (_what, value, kept) => {
    await bury({ value, headers: { token: value ?? "" }, reason: `it is ${value?.slice(0, 100)}` });
    const { json } = await said("show", {}, await onlyId());
    expect(json.value ?? "").toMatch(kept);
    expect(json.bytes).toBe(value?.length ?? 0);
    expect(JSON.stringify(json)).not.toMatch(/4242|aaaa/);
  });

  it("lists what the filters pick, newest first, page by page", async () => {
    for (const position of ["1", "2", "3"]) await bury({ position });
    await bury({ position: "4", place: "refunds.created", value: "OTHER" });
    expect(await listed({ place: "payments.created" })).toEqual(["3", "2", "1"]);
    expect(await listed({ text: "other" })).toEqual(["4"]);
    expect(await listed({ engine: "redis" })).toEqual([]);
    const page = await said("list", { limit: "2" });
    expect(page.json).toMatchObject({ has_more: true, data: [{ position: "4" }, { position: "3" }] });
    expect(page.text).toContain(`--after ${page.json.data[1].id}`);
    expect(await listed({ limit: "2", after: page.json.data[1].id })).toEqual(["2", "1"]);
    await expect(said("list", { engine: "nats" })).rejects.toThrow("--engine takes redis or kafka");
    await expect(said("list", { limit: "0" })).rejects.toThrow("--limit takes 1 to");
    await expect(said("show", {}, "dmsg_1")).rejects.toThrow("there is no dead message dmsg_1");
  });

  it.each([
    ["that will run later", { tries: 7, runAt: Date.now() + 3_600_000 }],
    ["that the engine has", { leaseToken: ENGINE_TOKEN, runAt: Date.now() + 3_600_000 }],
  ])("a replay makes the job due %s, and says who did so", async (_which, given) => {
    const job = await jobNamed(given);
    await bury(naming(job));
    const id = await onlyId();
    expect((await said("replay", { by: "Ann", reason: "all run the new version" }, id)).json).toMatchObject({
      status: "replayed",
      handled_by: "Ann",
    });
    const [row] = await rows("select run_at, tries, lease_token from jobs where id = $1", [job.id]);
    expect(row).toEqual({ run_at: new Date(atMs), tries: 0, lease_token: null });
    expect(await rows("select merchant_id, mode, actor_kind, action, after from admin_actions where subject = $1", [id])).toEqual([
      {
        merchant_id: "",
        mode: "",
        actor_kind: "cli",
        action: "dead_message.replayed",
        after: { status: "replayed", reason: "all run the new version", place: "payments.created", position: "17" },
      },
    ]);
    await expect(said("discard", { by: "Bob", reason: "again" }, id)).rejects.toThrow("It is handled already.");
    expect((await said("show", {}, id)).text).toContain("by Ann: all run the new version");
  });

  it("a replay is refused, and changes nothing, where a worker holds the job, where it is gone, and where none is named", async () => {
    const held = await jobNamed({ leaseToken: "req_1", runAt: NOW + 3_600_000 });
    const values = [naming(held), { value: JSON.stringify({ job: { jobId: `job_${"0".repeat(26)}` } }) }, { value: "[]" }];
    for (const [n, value] of values.entries()) await bury({ ...value, position: String(n) });
    const [none, gone, busy] = (await said("list")).json.data;
    await expect(said("replay", { by: "Ann" }, busy.id)).rejects.toThrow("A worker is at this very work");
    await expect(said("replay", { by: "Ann" }, gone.id)).rejects.toThrow("done or gone");
    await expect(said("replay", { by: "Ann" }, none.id)).rejects.toThrow("It names no job");
    expect(await listed()).toEqual(["2", "1", "0"]);
    expect(await rows("select lease_token from jobs where id = $1", [held.id])).toEqual([{ lease_token: "req_1" }]);
    expect(await rows("select id from admin_actions where subject = any($1)", [[none.id, gone.id, busy.id]])).toEqual([]);
  });

  it("all that match are counted by a dry run, then handled up to a limit; what can't be is counted and stays", async () => {
    await bury(naming(await jobNamed({ runAt: NOW + 3_600_000 })));
    for (const position of ["1", "2", "3"]) await bury({ position });
    expect((await said("replay-all", { by: "Ann", "dry-run": "yes" })).json).toEqual({
      matching: 4,
      handled: 0,
      skipped: 0,
      dry_run: true,
      has_more: false,
    });
    expect(await listed()).toHaveLength(4);
    expect((await said("replay-all", { by: "Ann" })).json).toMatchObject({ matching: 4, handled: 1, skipped: 3 });
    expect((await said("discard-all", { by: "Ann", reason: "ours", limit: "2" })).json).toMatchObject({ handled: 2, has_more: true });
    expect(await listed()).toEqual(["1"]);
    expect(await listed({ status: "discarded" })).toEqual(["3", "2"]);
  });

  it(`no more than ${DEAD_MESSAGES_OPEN_MAX} are listed as open, and of those beyond the log tells`, async () => {
    await bury();
    await rows(
      `insert into dead_messages (id, engine, place, partition, position, digest, reason, bytes, headers, found_at, status)
        select 'dmsg_' || n, 'kafka', 'payments.created', 1, n::text, '', '', 0, '{}', now(), 'open' from generate_series(2, $1::int) n`,
      [DEAD_MESSAGES_OPEN_MAX],
    );
    await bury({ position: "18" });
    expect(await rows("select count(*)::int as count from dead_messages")).toEqual([{ count: DEAD_MESSAGES_OPEN_MAX }]);
    expect(errors.map((fields) => "dead_message_id" in fields)).toEqual([true, false]);
    await bury();
    expect(errors).toHaveLength(3);
  });
});
