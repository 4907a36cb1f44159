import { describe, expect, it } from "vitest";
import { anAccount, DAY, HOUR, MINUTE, says, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { caseKinds, type CaseKind } from "../../core/case-kinds.ts";
import { JOB_CASE_AFTER_TRIES } from "../../core/constants.ts";
import type { Attempt, Case } from "../../core/model.ts";
import type { Call } from "../../core/ports/connector.ts";
import type { Outcome } from "../../core/outcome.ts";
import { representPayment } from "../../core/represent.ts";
import { receiveGatewayEvent } from "../gateway-events/receive.ts";
import { runJob } from "../jobs/run.ts";
import { capturePayment } from "../payments/operations.ts";
import { reportOverdue } from "../upkeep/overdue.ts";
import { resolveCase } from "./resolve.ts";

const wrongAmount = ({ attempt }: { attempt: Attempt }): Outcome => {
  return { kind: "succeeded", reference: "ref_1", figures: { amount: attempt.amount / 2, currency: attempt.currency } };
};
const always = <Script>(script: Script): Script[] => Array.from({ length: 1_000 }, () => script);
const opened = (world: World) => world.logs.filter((line) => line.message.startsWith("a case was opened"));
const theCase = (world: World): Case => [...world.tables.cases.values()][0]!;

/** A charge that the gateway answers with half the amount, now and whenever it is asked. */
async function mismatched(): Promise<{ world: World; id: string }> {
  const world = new World({ endpoints: 1 });
  world.gateway
    .next("send", ...always(wrongAmount))
    .next("find", ...always(wrongAmount))
    .next("retrieve", ...always(wrongAmount));
  const id = await world.created({ captureMethod: "automatic" });
  await world.work();
  return { world, id };
}

describe("a case that is opened", () => {
  /** What brings each kind about, and goes on for hours afterwards. */
  const ways: Partial<Record<CaseKind, () => Promise<World>>> = {
    mismatched_answer: async () => {
      const { world } = await mismatched();
      await world.later(25 * MINUTE);
      expect(world.gateway.requests.length).toBeGreaterThan(4);
      return world;
    },
    unknown_outcome: async () => {
      const world = new World();
      world.gateway.next("send", "answer lost").next("find", ...always(says.unknown));
      await world.created();
      await world.later(3 * HOUR);
      return world;
    },
    overdue: async () => {
      const world = new World();
      await world.created();
      world.clock.jump(5 * MINUTE);
      await reportOverdue(world.deps);
      world.clock.jump(HOUR);
      await reportOverdue(world.deps);
      return world;
    },
    dead_job: async () => {
      const world = new World();
      await world.created();
      const broken = { ...world.deps, store: { ...world.deps.store, load: () => Promise.reject(new Error("a bug of ours")) } };
      for (let tries = 0; tries < JOB_CASE_AFTER_TRIES + 4; tries++) {
        world.clock.jump(HOUR);
        await runJob(broken, (await world.claim())!);
      }
      return world;
    },
    late_truth: async () => {
      const world = new World();
      world.gateway.next("send", says.declined()).next("find", ...always(says.unknown));
      const id = await world.created();
      await world.work();
      const [attempt] = world.attempts(id);
      await world.hook({ attempt: attempt!, outcome: says.succeeded(attempt!) });
      await world.later(5 * HOUR);
      return world;
    },
    malformed_message: async () => {
      const world = new World();
      const raw = { headers: { "x-signature": "good" }, body: new TextEncoder().encode("<event/>") };
      const input = { connector: "bank", accountId: anAccount(1).id, raw, requestId: "req" };
      for (let n = 0; n < 2; n++) await receiveGatewayEvent(world.deps, input);
      await world.later(3 * HOUR);
      return world;
    },
    unmatched_gateway_event: async () => {
      const world = new World();
      await world.hook({ attempt: { gatewayKey: "nobody's" }, outcome: says.canceled });
      await world.later(3 * HOUR);
      return world;
    },
  };

  it.each(Object.keys(ways) as CaseKind[])("is one line of the log, however often its cause comes back: %s (U5)", async (kind) => {
    const world = await ways[kind]!();
    const { id, subject, paymentId, summary } = theCase(world);
    expect(world.tables.cases.size).toBe(1);
    expect(opened(world)).toEqual([
      {
        level: "warn",
        message: "a case was opened: a person should look at it",
        fields: { case_id: id, kind, subject, payment_id: paymentId, summary, what_to_do: caseKinds[kind].todo },
      },
    ]);
  });

  it("is shown with the payment, in answers and events, until it is answered (U5)", async () => {
    const world = new World();
    const id = await world.authorized();
    const [charge] = world.attempts(id);
    await world.hook({ attempt: charge!, outcome: { ...says.authorized(charge!), figures: { amount: 1, currency: "INR" } } as Outcome });
    await world.work();
    const mark = { id: theCase(world).id, kind: "mismatched_answer", opened_at: "2026-03-04T12:00:00.000Z" };
    const shown = await world.clock.until(capturePayment(world.deps, world.caller(), { paymentId: id }));
    expect(JSON.parse(shown.body)).toMatchObject({ status: "succeeded", open_cases: [mark] });
  });

  it("and answered by the same change is not shown by its event (U5)", async () => {
    const world = new World();
    const toldAt = world.clock.now() + HOUR;
    const told = (call: Call): Outcome => (world.clock.now() < toldAt ? says.unknown : says.succeeded(call.attempt));
    world.gateway.next("send", "answer lost").next("find", ...Array.from({ length: 50 }, () => told));
    const id = await world.created();
    await world.later(2 * HOUR);
    expect(world.payment(id).status).toBe("succeeded");
    expect(world.cases("resolved")).toEqual(["unknown_outcome"]);
    const last = [...world.tables.events.values()].at(-1)!;
    expect(JSON.parse(last.body)).toMatchObject({ status: "succeeded", open_cases: [] });
  });
});

describe("a case that is opened", () => {
  it("is an event and a webhook, in the commit that opens it, with what to do", async () => {
    const { world } = await mismatched();
    const row = theCase(world);
    await world.work();
    const got = world.receiver.got.filter(({ event }) => event.type === "case.opened");
    expect(got).toHaveLength(1);
    expect(JSON.parse(got[0]!.event.body)).toMatchObject({
      object: "case",
      id: row.id,
      kind: row.kind,
      status: "open",
      payment_id: row.paymentId,
      what_to_do: expect.stringMatching(/./),
    });
  });
});

describe("a case that a person resolves", () => {
  const ann = { reason: "corrected at the gateway", by: "Ann" };

  it("keeps who and why; no money moves, no question ends, and the same answer does not open it again (U5)", async () => {
    const { world, id } = await mismatched();
    const resolved = await resolveCase(world.deps, scope, theCase(world).id, { reason: "  corrected at the gateway ", by: "Ann " });
    expect(resolved).toMatchObject({ status: "resolved", resolvedBy: "person", resolution: ann.reason, resolvedByName: "Ann" });
    const asked = world.gateway.requests.length;
    await world.later(2 * DAY);
    expect(world.gateway.requests.length).toBeGreaterThan(asked + 10);
    expect([world.payment(id).status, world.tables.cases.size, opened(world).length, world.cases()]).toEqual([
      "processing",
      // Half an hour without an outcome is another kind, and news.
      2,
      2,
      ["unknown_outcome"],
    ]);
    const snapshot = (await world.deps.store.load(scope, id))!;
    expect(representPayment(snapshot.payment, snapshot).open_cases).toMatchObject([{ kind: "unknown_outcome" }]);
  });

  it("is refused to the second of two at once, who reads what the first one wrote (U5)", async () => {
    const { world } = await mismatched();
    const { id } = theCase(world);
    const both = await Promise.allSettled([ann, { reason: "never mind", by: "Bob" }].map((by) => resolveCase(world.deps, scope, id, by)));
    expect(both.map((each) => each.status)).toEqual(["fulfilled", "rejected"]);
    expect(both[1]).toMatchObject({
      reason: {
        code: "invalid_state",
        message: "The case was resolved by Ann at 2026-03-04T12:00:00.000Z: corrected at the gateway",
      },
    });
    expect(theCase(world).resolvedByName).toBe("Ann");
  });

  it.each([
    ["that is not theirs", { ...scope, merchantId: "mer_other" }, ann, "not_found"],
    ["without a reason", scope, { reason: " ", by: "Ann" }, "missing_field"],
    ["without a name", scope, { reason: "done", by: "" }, "missing_field"],
  ])("is refused %s", async (_, whose, given, code) => {
    const { world } = await mismatched();
    await expect(resolveCase(world.deps, whose, theCase(world).id, given)).rejects.toMatchObject({ code });
    expect(theCase(world).status).toBe("open");
  });

  it("is refused once the answer has come", async () => {
    const world = new World();
    await world.created();
    world.clock.jump(5 * MINUTE);
    await reportOverdue(world.deps);
    await world.work();
    await expect(resolveCase(world.deps, scope, theCase(world).id, ann)).rejects.toMatchObject({
      code: "invalid_state",
      message: "The case was resolved at 2026-03-04T12:05:00.000Z, since the answer came.",
    });
  });

  it("comes back if work that failed fails again: that is news", async () => {
    const world = new World();
    await world.created();
    const broken = { ...world.deps, store: { ...world.deps.store, load: () => Promise.reject(new Error("a bug of ours")) } };
    for (let tries = 0; tries < JOB_CASE_AFTER_TRIES + 2; tries++) {
      world.clock.jump(HOUR);
      await runJob(broken, (await world.claim())!);
      if (tries === JOB_CASE_AFTER_TRIES) await resolveCase(world.deps, scope, theCase(world).id, ann);
    }
    expect([world.cases("resolved"), world.cases()]).toEqual([["dead_job"], ["dead_job"]]);
    expect(opened(world)).toHaveLength(2);
  });
});
