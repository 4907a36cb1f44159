/** The three lines that leave a process: to the database, to the gateway, to the merchant's receiver. */
import { describe, expect, it } from "vitest";
import { aCommand, anEndpoint, contextAt, scope } from "../../../test/support/flows/rows.ts";
import { decideCreate } from "../core/decide/create.ts";
import type { Delivery } from "../core/model.ts";
import type { ChannelMessage, ChannelResult } from "../core/ports/channel.ts";
import type { HttpRequest, HttpResult } from "../core/ports/http.ts";
import type { StoreUnavailable } from "../core/ports/store.ts";
import type { FarReply } from "@tillway/sandbox";
import { memoryStorage } from "../storage/memory/index.ts";
import { httpAcross } from "./gateway-boundary.ts";
import { EPOCH } from "./kernel.ts";
import { machine, runAll } from "./machinery.testing.ts";
import { outages } from "./outages.ts";
import { Life } from "./process.ts";
import { channelAcross } from "./receiver.ts";
import { storeAcross } from "./store-boundary.ts";
import { calm, drawSwarm, SLOWEST_WAY_MS, type Rates } from "./swarm.ts";

/** Runs until the answer is there. Returns it, or its error, and how long it took. */
async function outcome<T>(
  machinery: ReturnType<typeof machine>,
  answer: Promise<T>,
): Promise<{ value?: T; error?: unknown; afterMs: number }> {
  let seen: { value?: T; error?: unknown; afterMs: number } | undefined;
  const noted = (given: { value?: T; error?: unknown }) => (seen = { ...given, afterMs: machinery.kernel.now - EPOCH });
  void answer.then(
    (value) => noted({ value }),
    (error: unknown) => noted({ error }),
  );
  await runAll(machinery);
  return seen!;
}

describe("the line to the database", () => {
  function store(rates: Partial<Rates["store"]> = {}, down = false) {
    const machinery = machine({ store: { ...calm.store, ...rates } });
    const storage = memoryStorage();
    const told = { written: 0, broken: [] as unknown[] };
    const side = {
      machinery,
      down: () => down,
      written: () => void told.written++,
      broken: (error: unknown) => void told.broken.push(error),
    };
    const decided = decideCreate(aCommand(), contextAt(EPOCH));
    if (!("creation" in decided)) throw new Error("refused");
    const ours = storeAcross(side, new Life("p", 0, machine().kernel), storage.store);
    return { machinery, told, tables: storage.tables, ours, create: () => ours.create(decided.creation), id: decided.creation.payment.id };
  }

  it.each<[string, Partial<Rates["store"]>, boolean, boolean | undefined]>([
    ["carries a statement and its answer", {}, true, undefined],
    ["refuses it before anything was written, and says so", { before: 1 }, false, false],
    ["loses it: nobody can say whether it was written", { lost: 1 }, false, true],
    ["loses its answer: nobody can say, and it was written", { lostReply: 1 }, true, true],
    ["carries it after its caller gave up", { late: 1 }, true, true],
  ])("%s", async (_, rates, isWritten, mayHaveCommitted) => {
    const { machinery, tables, create, told } = store(rates);
    const { value, error } = await outcome(machinery, create());
    expect([tables.payments.size, told.written]).toEqual(isWritten ? [1, 1] : [0, 0]);
    if (mayHaveCommitted === undefined) expect(value).toBe("applied");
    else expect(error).toMatchObject({ name: "StoreUnavailable", mayHaveCommitted } satisfies Partial<StoreUnavailable>);
  });

  it("is refused at once while the database is down", async () => {
    const { machinery, create } = store({}, true);
    const { error, afterMs } = await outcome(machinery, create());
    expect(error).toMatchObject({ mayHaveCommitted: false });
    expect(afterMs).toBeLessThan(100);
  });

  it("reports a broken constraint, and throws it as it is", async () => {
    const { machinery, create, told } = store();
    await outcome(machinery, create());
    const { error } = await outcome(machinery, create());
    expect(String(error)).toContain("pay");
    expect(told.broken).toEqual([error]);
  });

  it("leaves a line in the trace for each write", async () => {
    const { machinery, create, id } = store();
    await outcome(machinery, create());
    expect(machinery.kernel.trace.lines!.join("\n")).toContain(`${id.slice(-4)} pending applied`);
  });

  it("carries reads as well as writes, with the same arguments", async () => {
    const { machinery, create, ours, id } = store();
    await outcome(machinery, create());
    expect((await outcome(machinery, ours.load(scope, id))).value).toMatchObject({ payment: { id } });
    expect((await outcome(machinery, ours.findEvent(scope, id, "charge"))).value).toBeNull();
    const job = {
      queue: "payment-queue",
      now: EPOCH,
      leaseUntil: EPOCH + 1,
      token: "t",
      limit: 9,
      perLane: 9,
      room: new Map(),
      cursor: "",
    } as const;
    expect((await outcome(machinery, ours.claim(job))).value).toMatchObject({ jobs: [{ subject: id, leaseToken: "t" }] });
  });
});

describe("the line to the gateway", () => {
  const request: HttpRequest = {
    method: "POST",
    url: "http://sandbox.invalid/v1/charges",
    headers: {},
    body: "{}",
    connectTimeoutMs: 2_000,
    totalTimeoutMs: 30_000,
    maxBytes: 1_000,
  };
  const ok: FarReply = { status: 200, headers: {}, body: '{"status":"succeeded"}', delayMs: 0, connection: "open" };

  function gateway(rates: Partial<Rates["http"]> = {}, reply: Partial<FarReply> = {}, down = false) {
    const machinery = machine({ http: { ...calm.http, ...rates } });
    let served = 0;
    const farSide = { serve: () => (served++, { ...ok, ...reply }) };
    const life = new Life("p", 0, machine().kernel);
    const http = httpAcross({ machinery, down: () => down, farSide }, life);
    const send = async (given: Partial<HttpRequest> = {}): Promise<{ result: HttpResult; served: number; afterMs: number }> => {
      const { value, afterMs } = await outcome(machinery, http.send({ ...request, ...given }));
      return { result: value!, served, afterMs };
    };
    return { machinery, send };
  }

  it.each<[string, Partial<Rates["http"]>, number, Partial<HttpResult>]>([
    ["carries request and answer", {}, 1, { kind: "answer", status: 200 }],
    ["is refused: nothing was sent", { refused: 1 }, 0, { kind: "not_sent", reason: "ECONNREFUSED" }],
    ["loses the request: unknown", { lost: 1 }, 0, { kind: "unknown", reason: "timeout" }],
    ["loses the answer: unknown, and the gateway has done it", { lostReply: 1 }, 1, { kind: "unknown", reason: "timeout" }],
    ["carries the request after its caller gave up", { late: 1 }, 1, { kind: "unknown", reason: "timeout" }],
    ["breaks under the request", { lost: 1, reset: 1 }, 0, { kind: "unknown", reason: "ECONNRESET" }],
    ["breaks under the answer", { lostReply: 1, reset: 1 }, 1, { kind: "unknown", reason: "ECONNRESET" }],
  ])("%s", async (_, rates, served, expected) => {
    const sent = await gateway(rates).send();
    expect(sent.result).toMatchObject(expected);
    expect(sent.served).toBe(served);
  });

  it.each<[string, Partial<FarReply>, string]>([
    ["is silent", { connection: "silent" }, "timeout"],
    ["answers later than its caller waits", { delayMs: 30_000 }, "timeout"],
    ["resets the connection", { connection: "reset" }, "ECONNRESET"],
    ["cuts the answer off", { connection: "cut" }, "answer cut off"],
  ])("if the gateway %s returns unknown, never failed, and no later than its limit", async (_, reply, reason) => {
    const { result, afterMs } = await gateway({}, reply).send();
    expect(result).toMatchObject({ kind: "unknown", reason });
    expect(afterMs).toBeLessThanOrEqual(request.totalTimeoutMs);
  });

  it("lets nothing leave after the time by which it had to leave", async () => {
    const { result, served } = await gateway().send({ notAfter: EPOCH - 1 });
    expect([result, served]).toEqual([{ kind: "not_sent", reason: "too late to be sent", durationMs: 0 }, 0]);
  });

  it("of a gateway that is down is refused or silent: nothing arrives", async () => {
    for (let i = 0; i < 5; i++) {
      const { result, served } = await gateway({}, {}, true).send();
      expect(["not_sent", "unknown"]).toContain(result.kind);
      expect(served).toBe(0);
    }
  });
});

describe("the line to the receiver", () => {
  const message: ChannelMessage = {
    delivery: { ...scope, id: "dlv_1", eventId: "evt_1" } as Delivery,
    endpoint: anEndpoint(1),
    event: { id: "evt_1", type: "payment.succeeded", apiVersion: "2026-11-27", body: "{}", createdAt: EPOCH },
    now: EPOCH,
  };

  async function deliver(rates: Partial<Rates["receiver"]>, down = false): Promise<{ result: ChannelResult; got: number }> {
    const machinery = machine({ receiver: { ...calm.receiver, ...rates } });
    const receiver = { book: new Map<string, string[]>() };
    const channel = channelAcross({ machinery, down: () => down, gone: () => false }, new Life("p", 0, machine().kernel), receiver);
    const { value } = await outcome(machinery, channel.send(message));
    return { result: value!, got: receiver.book.get("evt_1")?.length ?? 0 };
  }

  it.each<[string, Partial<Rates["receiver"]>, Partial<ChannelResult>, number]>([
    ["is taken", {}, { ok: true, statusCode: 200 }, 1],
    ["meets a receiver that fails", { failing: 1 }, { ok: false, statusCode: 500, gone: false }, 0],
    ["meets one that is gone for good", { gone: 1 }, { ok: false, statusCode: 410, gone: true }, 0],
    ["is refused", { refused: 1 }, { ok: false, statusCode: null, error: "refused" }, 0],
    ["is never answered", { silent: 1 }, { ok: false, statusCode: null, error: "timeout" }, 0],
    ["is taken, and the answer is lost", { lostReply: 1 }, { ok: false, statusCode: null, error: "timeout" }, 1],
  ])("a webhook %s", async (_, rates, expected, got) => {
    const delivered = await deliver(rates);
    expect(delivered.result).toMatchObject(expected);
    expect(delivered.got).toBe(got);
  });

  it("is refused while it is down", async () => {
    expect(await deliver({}, true)).toMatchObject({ result: { ok: false, error: "refused" }, got: 0 });
  });
});

describe("outages", () => {
  function plan(perHour: number, untilMs: number) {
    const machinery = machine({ outages: { perHour, maxMs: 5_000 } });
    return { machinery, all: outages(machinery, { ...drawSwarm(1), healAfterMs: untilMs, goneSpells: 0 }) };
  }

  it("of the receiver, which is gone for a time, end when the world is healed", async () => {
    const machinery = machine({});
    const all = outages(machinery, { ...drawSwarm(1), healAfterMs: 1_000, spreadMs: 1_000, goneSpells: 1 });
    await runAll(machinery, EPOCH + 1_000);
    expect([all.gone(), all.receiver()]).toEqual([true, false]);
    all.end();
    expect(all.gone()).toBe(false);
  });

  it("begin within the faulty time, end by themselves, and are counted", async () => {
    const { machinery, all } = plan(6, 3_600_000);
    let seen = 0;
    for (const at of Array.from({ length: 3_700 }, (_, n) => EPOCH + n * 1_000)) {
      await runAll(machinery, at);
      machinery.kernel.now = Math.max(machinery.kernel.now, at);
      if (all.store() || all.gateway() || all.receiver()) seen++;
    }
    expect(seen).toBeGreaterThan(0);
    expect(Object.values(machinery.counts.faults).reduce((sum, count) => sum + count, 0)).toBe(6);
    expect([all.store(), all.gateway(), all.receiver()]).toEqual([false, false, false]);
  });

  it("are at most twelve, however long the time is, and are over when faults end", async () => {
    const { machinery, all } = plan(100, 36_000_000);
    await runAll(machinery);
    expect(Object.values(machinery.counts.faults).reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(all.store() || all.gateway() || all.receiver()).toBe(true);
    all.end();
    expect([all.store(), all.gateway(), all.receiver()]).toEqual([false, false, false]);
  });
});

describe("the world of a seed", () => {
  const worlds = Array.from({ length: 300 }, (_, n) => drawSwarm(n + 1));

  it("is the same for the same seed, and another for another", () => {
    expect(drawSwarm(7)).toEqual(drawSwarm(7));
    expect(new Set(worlds.map((world) => JSON.stringify(world))).size).toBe(worlds.length);
  });

  it("has each fault in some seeds, and lacks each in others: no fault hides behind another", () => {
    const flat = (rates: object, prefix = ""): [string, number][] =>
      Object.entries(rates).flatMap(([name, value]: [string, unknown]) =>
        typeof value === "number" ? [[prefix + name, value] as [string, number]] : flat(value as object, `${prefix}${name}.`),
      );
    const drawn = worlds.map(({ rates }) => new Map(flat(rates)));
    const always = new Set(["pauseMaxMs", "storeSlowestMs", "gatewayWebhook.lateMaxMs", "outages.maxMs"]);
    for (const [name] of flat(calm)) {
      if (always.has(name)) continue;
      const values = drawn.map((rates) => rates.get(name)!);
      // A refused connection has a rate of its own.
      expect([name, values.includes(0), values.some((value) => value > 0)]).toEqual([name, true, name !== "http.before"]);
    }
  });

  it("states a settle time within which a request that left has surely arrived and can be found", () => {
    for (const { capabilities, findLagMs, rates } of worlds) {
      expect(capabilities.settleTimeMs).toBeGreaterThan(findLagMs + SLOWEST_WAY_MS);
      if (rates.http.late > 0) expect(capabilities.settleTimeMs).toBeGreaterThan(45_000 + findLagMs);
    }
  });

  it("is calm after healing: no fault is left", () => {
    const { pauseMaxMs: _, storeSlowestMs: __, ...rates } = calm;
    expect(JSON.stringify(rates)).not.toMatch(/:[1-9]/);
  });
});
