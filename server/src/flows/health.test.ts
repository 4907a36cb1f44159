import { describe, expect, it } from "vitest";
import { anAccount, MINUTE, scope, SECOND } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import {
  GATEWAY_BREAKER_FAILURES,
  GATEWAY_BREAKER_GAPS_MS,
  GATEWAY_HANGS_AFTER_MS,
  GATEWAY_PROBE_EVERY_MS,
} from "../core/gateway-health.ts";
import type { Outcome } from "../core/outcome.ts";
import { healthOf, healthShown, noteCall } from "./health.ts";

const account = anAccount(1).id;
const silent: Outcome = { kind: "unknown", reason: "timeout", reference: null, storedError: false };
const declined: Outcome = { kind: "declined", reference: "ref", declineCode: "card_declined", message: "no" };

function noted(world: World, outcome: Outcome, times = 1): void {
  for (let n = 0; n < times; n++) noteCall(world.deps, account)(outcome);
}

describe("the breaker of an account", () => {
  it("opens after as many calls without an answer, of which no other account is the worse", () => {
    const world = new World();
    noted(world, silent, GATEWAY_BREAKER_FAILURES - 1);
    expect(healthOf(world.deps, account)).toBe("up");
    noted(world, silent);
    expect(healthOf(world.deps, account)).toBe("down");
    expect(healthOf(world.deps, anAccount(2).id)).toBe("up");
  });

  it("opens when half of the last calls brought nothing, and not by single ones", () => {
    const world = new World();
    for (let n = 0; n < 40; n++) noted(world, n % 3 === 0 ? silent : declined);
    expect(healthOf(world.deps, account)).toBe("up");
    for (let n = 0; n < 10; n++) noted(world, n % 2 === 0 ? silent : declined);
    expect(healthOf(world.deps, account)).toBe("down");
  });

  it("stays closed whatever a gateway answers, as long as it answers", () => {
    const world = new World();
    noted(world, declined, 50);
    noted(world, { kind: "throttled", retryAfterMs: 1_000 }, 50);
    expect(healthOf(world.deps, account)).toBe("up");
  });

  it("lets one payment try it when its time is over, another one a second later if that went elsewhere, and closes with the first answer", () => {
    const world = new World();
    noted(world, silent, GATEWAY_BREAKER_FAILURES);
    world.clock.jump(GATEWAY_BREAKER_GAPS_MS[0]!);
    expect([healthOf(world.deps, account), healthOf(world.deps, account)]).toEqual(["trying", "down"]);
    world.clock.jump(GATEWAY_PROBE_EVERY_MS);
    expect(healthOf(world.deps, account)).toBe("trying");
    noted(world, declined);
    expect([healthOf(world.deps, account), healthOf(world.deps, account)]).toEqual(["up", "up"]);
  });

  it("stays open for longer each time that a try fails, half a minute at most", () => {
    const world = new World();
    noted(world, silent, GATEWAY_BREAKER_FAILURES);
    for (const gapMs of [...GATEWAY_BREAKER_GAPS_MS, GATEWAY_BREAKER_GAPS_MS.at(-1)!]) {
      world.clock.jump(gapMs - 1);
      expect(healthOf(world.deps, account)).toBe("down");
      world.clock.jump(1);
      expect(healthOf(world.deps, account)).toBe("trying");
      noted(world, silent);
    }
  });

  it("opens while as many calls hang that have not failed yet, and not while it answers others", () => {
    const world = new World();
    for (let n = 0; n < GATEWAY_BREAKER_FAILURES; n++) noteCall(world.deps, account);
    world.clock.jump(GATEWAY_HANGS_AFTER_MS - 1);
    expect(healthOf(world.deps, account)).toBe("up");
    noted(world, declined);
    world.clock.jump(1);
    expect(healthOf(world.deps, account)).toBe("up");
    world.clock.jump(GATEWAY_HANGS_AFTER_MS);
    expect(healthOf(world.deps, account)).toBe("down");
  });

  it("gives a gateway that usually takes long its usual time", () => {
    const world = new World();
    for (let n = 0; n < 60; n++) {
      const end = noteCall(world.deps, account);
      world.clock.jump(5 * SECOND);
      end(declined);
    }
    for (let n = 0; n < GATEWAY_BREAKER_FAILURES; n++) noteCall(world.deps, account);
    world.clock.jump(2 * GATEWAY_HANGS_AFTER_MS);
    expect(healthOf(world.deps, account)).toBe("up");
    world.clock.jump(MINUTE);
    expect(healthOf(world.deps, account)).toBe("down");
  });

  it("is looked at by people without taking the turn of a payment that would try it", () => {
    const world = new World();
    noted(world, silent, GATEWAY_BREAKER_FAILURES);
    expect(healthShown(world.deps, account)).toBe("down");
    world.clock.jump(GATEWAY_BREAKER_GAPS_MS[0]!);
    expect([healthShown(world.deps, account), healthShown(world.deps, account)]).toEqual(["trying", "trying"]);
    expect([healthOf(world.deps, account), healthShown(world.deps, account)]).toEqual(["trying", "down"]);
  });

  it("is tried by no second payment while the first one has no answer", () => {
    const world = new World();
    noted(world, silent, GATEWAY_BREAKER_FAILURES);
    world.clock.jump(GATEWAY_BREAKER_GAPS_MS[0]!);
    expect(healthOf(world.deps, account)).toBe("trying");
    const end = noteCall(world.deps, account);
    world.clock.jump(10 * GATEWAY_PROBE_EVERY_MS);
    expect(healthOf(world.deps, account)).toBe("down");
    end(declined);
    expect(healthOf(world.deps, account)).toBe("up");
  });

  it("is not kept open by what left before it opened and fails later", () => {
    const world = new World();
    noted(world, silent, GATEWAY_BREAKER_FAILURES);
    world.clock.jump(SECOND);
    noted(world, silent, 100);
    world.clock.jump(GATEWAY_BREAKER_GAPS_MS[0]! - SECOND);
    expect(healthOf(world.deps, account)).toBe("trying");
  });
});

it("payments go to the second account while the first does not answer, those in doubt stay where they are, and it is used again after", async () => {
  const world = new World({ accounts: 2 });
  world.gateway.next("send", ...Array.from({ length: GATEWAY_BREAKER_FAILURES }, () => silent));
  const inDoubt: string[] = [];
  for (let n = 0; n < GATEWAY_BREAKER_FAILURES; n++) inDoubt.push(await world.created());
  await world.work();
  const moved = await world.created();
  await world.work();
  const accountOf = async (id: string) => (await world.deps.store.load(scope, id))!.attempts.map((row) => row.accountId);
  expect(await accountOf(moved)).toEqual([anAccount(2).id]);
  expect(world.payment(moved).status).toBe("succeeded");
  for (const id of inDoubt) expect(await accountOf(id)).toEqual([account]);
  await world.later(5 * MINUTE);
  const healed = await world.created();
  await world.work();
  expect(await accountOf(healed)).toEqual([account]);
});
