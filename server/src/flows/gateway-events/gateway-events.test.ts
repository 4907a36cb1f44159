import { describe, expect, it } from "vitest";
import { broken } from "../../../../test/support/flows/invariants.ts";
import { anAccount, HOUR, MINUTE, says, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { handleLetter } from "../dead-letters/handle.ts";
import { runJob } from "../jobs/run.ts";
import { receiveGatewayEvent } from "./receive.ts";

/** A payment whose outcome only the gateway knows. */
async function unknown(world: World): Promise<{ id: string; attempt: ReturnType<World["attempts"]>[number] }> {
  world.gateway.next("send", "answer lost").next("find", ...Array.from({ length: 50 }, () => says.unknown));
  const id = await world.created();
  await world.work();
  return { id, attempt: world.attempts(id)[0]! };
}

const inbox = (world: World) => [...world.tables.inbox.values()].map((row) => row.status);

describe("a gateway's webhook", () => {
  it("is kept with a job in one commit, and settles the attempt", async () => {
    const world = new World({ endpoints: 1 });
    const { id, attempt } = await unknown(world);
    expect(await world.hook({ attempt, outcome: says.succeeded(attempt) })).toEqual({ duplicate: false });
    expect(inbox(world)).toEqual(["received"]);
    await world.work();
    expect(world.payment(id).status).toBe("succeeded");
    expect([...world.tables.inbox.values()]).toMatchObject([{ status: "applied", attemptId: attempt.id, handledAt: world.clock.now() }]);
    expect(world.tables.jobs.size).toBe(0);
    expect(broken(world.tables)).toEqual([]);
  });

  it("leaves its body as evidence of the attempt", async () => {
    const world = new World();
    const { attempt } = await unknown(world);
    await world.hook({ attempt, outcome: says.succeeded(attempt) });
    await world.work();
    expect([...world.tables.exchanges.values()]).toMatchObject([{ kind: "webhook", attemptId: attempt.id, result: "succeeded" }]);
  });

  it("twice is kept once", async () => {
    const world = new World({ endpoints: 1 });
    const { attempt } = await unknown(world);
    const both = [
      await world.hook({ id: "gw_1", attempt, outcome: says.succeeded(attempt) }),
      await world.hook({ id: "gw_1", attempt, outcome: says.succeeded(attempt) }),
    ];
    expect(both).toEqual([{ duplicate: false }, { duplicate: true }]);
    await world.work();
    expect(await world.hook({ id: "gw_1", attempt, outcome: says.succeeded(attempt) })).toEqual({ duplicate: true });
    expect(world.receiver.got).toHaveLength(1);
  });

  it("whose names cannot be looked for is kept as malformed, with a case, and not tried again for ever", async () => {
    const world = new World();
    const { attempt } = await unknown(world);
    expect(await world.hook({ id: "gw_\u0000", attempt, outcome: null })).toEqual({ duplicate: false });
    expect(await world.hook({ id: "gw_\u0000", attempt, outcome: null })).toEqual({ duplicate: true });
    const [row] = [...world.tables.inbox.values()];
    expect(row).toMatchObject({ status: "unmatched", handledAt: world.clock.now(), gatewayEventId: expect.stringMatching(/^unreadable-/) });
    expect(world.job(row!.id)).toBeUndefined();
    expect([...world.tables.cases.values()]).toMatchObject([{ kind: "malformed_message", subject: row!.id, status: "open" }]);
  });

  it("that is signed and no event at all is kept as it came, with a case", async () => {
    const world = new World();
    const raw = { headers: { "x-signature": "good" }, body: new TextEncoder().encode("<event/>") };
    const input = { connector: "bank", accountId: anAccount(1).id, raw, requestId: "req" };
    expect(await receiveGatewayEvent(world.deps, input)).toEqual({ duplicate: false });
    expect(await receiveGatewayEvent(world.deps, input)).toEqual({ duplicate: true });
    expect([...world.tables.inbox.values()]).toMatchObject([{ status: "unmatched", body: "<event/>" }]);
    expect([world.cases(), world.tables.jobs.size]).toEqual([["malformed_message"], 0]);
    const forged = { ...input, raw: { ...raw, headers: { "x-signature": "bad" } } };
    await expect(receiveGatewayEvent(world.deps, forged)).rejects.toMatchObject({ code: "invalid_signature" });
  });

  it("that only a newer version can read waits for it an hour, is parked then, and applied when it is replayed", async () => {
    const world = new World();
    const { id, attempt } = await unknown(world);
    await world.hook({ attempt, outcome: says.succeeded(attempt) });
    const readWebhook = () => ({ ok: false, reason: "not an event" }) as const;
    const old = Object.assign(Object.create(world.gateway) as typeof world.gateway, { readWebhook });
    const deps = { ...world.deps, connectors: new Map([["bank", old]]) };
    const event = [...world.tables.inbox.values()][0]!;
    const run = async () => runJob(deps, (await world.claim(world.job(event.id)!.id))!);
    await run();
    expect([inbox(world), world.cases()]).toEqual([["received"], []]);
    world.clock.jump(HOUR);
    await run();
    expect([inbox(world), world.cases()]).toEqual([["unmatched"], ["malformed_message"]]);
    const letter = [...world.tables.cases.values()][0]!;
    await handleLetter(world.deps, world.caller(), letter.id, { action: "replay", by: "Ann", reason: "upgraded", deliveries: true });
    await runJob(world.deps, (await world.claim(world.job(event.id)!.id))!);
    expect([world.payment(id).status, inbox(world), world.cases()]).toEqual(["succeeded", ["applied"], []]);
  });

  it("under the same event id of another account is another event", async () => {
    const world = new World({ accounts: 2 });
    const { attempt } = await unknown(world);
    await world.hook({ id: "gw_1", attempt, outcome: null });
    expect(await world.hook({ id: "gw_1", attempt, outcome: null, accountId: anAccount(2).id })).toEqual({ duplicate: false });
  });

  it.each([
    ["a wrong signature", { signature: "bad" }, "invalid_signature"],
    ["an unknown account", { accountId: "acc_00000000000000000000000099" }, "not_found"],
  ])("with %s is refused and leaves nothing", async (_, given, code) => {
    const world = new World();
    const { attempt } = await unknown(world);
    await expect(world.hook({ attempt, outcome: says.succeeded(attempt), ...given })).rejects.toMatchObject({ code });
    expect(world.tables.inbox.size).toBe(0);
  });

  it("never touches an attempt of another account, even with its key", async () => {
    const world = new World({ accounts: 2 });
    const { id, attempt } = await unknown(world);
    await world.hook({ attempt, outcome: says.succeeded(attempt), accountId: anAccount(2).id });
    await world.work();
    expect(world.payment(id).status).toBe("processing");
    expect(inbox(world)).toEqual(["received"]);
  });

  it("that says nothing about an attempt is set aside", async () => {
    const world = new World();
    const { attempt } = await unknown(world);
    await world.hook({ attempt, outcome: null });
    await world.work();
    expect(inbox(world)).toEqual(["ignored"]);
  });
});

describe("a webhook that contradicts what was closed", () => {
  /** A declined charge of which the gateway says by webhook that it was captured. */
  async function contradicted(world: World): Promise<string> {
    world.gateway.next("send", says.declined());
    const id = await world.created();
    await world.work();
    const [charge] = world.attempts(id);
    await world.hook({ attempt: charge!, outcome: says.succeeded(charge!) });
    return id;
  }

  it("is a hint to ask: where the gateway itself does not say so nothing is given back", async () => {
    const world = new World();
    const id = await contradicted(world);
    world.gateway.next("find", says.declined());
    await world.work();
    expect(inbox(world)).toEqual(["ignored"]);
    expect([world.attempts(id).length, world.cases()]).toEqual([1, []]);
  });

  it("is asked about until the gateway answers", async () => {
    const world = new World();
    const id = await contradicted(world);
    const [charge] = world.attempts(id);
    world.gateway.next("find", says.unknown, says.notFound, says.unknown);
    await world.later(2 * MINUTE);
    expect(inbox(world)).toEqual(["received"]);
    world.gateway.did(charge!);
    await world.later(5 * MINUTE);
    expect(inbox(world)).toEqual(["applied"]);
    expect(world.gateway.net).toBe(0);
    expect([...world.tables.refunds.values()]).toMatchObject([{ kind: "reversal", status: "succeeded" }]);
  });

  it("and is never confirmed is a case after an hour: money may be at stake", async () => {
    const world = new World();
    world.gateway.next("find", ...Array.from({ length: 1_000 }, () => says.unknown));
    await contradicted(world);
    await world.later(3 * HOUR);
    expect(world.cases()).toHaveLength(1);
  });
});

describe("a webhook without an attempt of ours", () => {
  it("is tried again until the attempt is there", async () => {
    const world = new World();
    const { id, attempt } = await unknown(world);
    world.tables.attempts.delete(attempt.id);
    await world.hook({ attempt, outcome: says.succeeded(attempt) });
    await world.work();
    expect(inbox(world)).toEqual(["received"]);
    world.tables.attempts.set(attempt.id, attempt);
    await world.later(MINUTE);
    expect(inbox(world)).toEqual(["applied"]);
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("is a case after an hour, and not before", async () => {
    const world = new World();
    await world.hook({ attempt: { gatewayKey: "nobody's" }, outcome: says.canceled });
    await world.later(HOUR - SECOND);
    expect([inbox(world), world.cases()]).toEqual([["received"], []]);
    await world.later(2 * MINUTE);
    expect([inbox(world), world.cases()]).toEqual([["unmatched"], ["unmatched_gateway_event"]]);
    expect(world.tables.jobs.size).toBe(0);
  });

  it("in a process that cannot read it waits for one that can", async () => {
    const world = new World();
    const { id, attempt } = await unknown(world);
    await world.hook({ attempt, outcome: says.succeeded(attempt) });
    await world.work({ ...world.deps, connectors: new Map() });
    expect(inbox(world)).toEqual(["received"]);
    await world.later(MINUTE);
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("survives failures after much patience: waiting is not failing", async () => {
    const world = new World();
    await world.hook({ attempt: { gatewayKey: "nobody's" }, outcome: says.canceled });
    await world.later(20 * MINUTE);
    const store = { ...world.deps.store, findAttempt: () => Promise.reject(new Error("connection lost")) };
    await world.clock.advance(MINUTE);
    await world.work({ ...world.deps, store });
    expect(world.cases()).toEqual([]);
    expect(world.tables.jobs.size).toBe(1);
  });
});
