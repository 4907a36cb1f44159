import { describe, expect, it } from "vitest";
import { says, scope } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import type { Decision } from "../core/change.ts";
import { COMMIT_TRIES_MAX } from "../core/constants.ts";
import { decideCancel } from "../core/decide/operations.ts";
import { StoreUnavailable } from "../core/ports/store.ts";
import { decideAndCommit } from "./commit.ts";
import { settle } from "./gateway.ts";

const cancel = (snapshot: Parameters<typeof decideCancel>[0], context: Parameters<typeof decideCancel>[2]) =>
  decideCancel(snapshot, "merchant", context);

describe("load, decide, commit", () => {
  it("decides again on fresh rows where somebody else was faster", async () => {
    const world = new World();
    const id = await world.created();
    let decided = 0;
    const done = await decideAndCommit(world.deps, { ...scope, paymentId: id }, (snapshot, context) => {
      if (++decided === 1) world.tables.payments.set(id, { ...snapshot.payment, version: snapshot.payment.version + 1 });
      return cancel(snapshot, context);
    });
    expect([done.result, decided, world.payment(id).status]).toEqual(["applied", 2, "canceled"]);
  });

  it("gives up after five others, and has written nothing", async () => {
    const world = new World();
    const id = await world.created();
    let decided = 0;
    const work = decideAndCommit(world.deps, { ...scope, paymentId: id }, (snapshot, context) => {
      decided++;
      world.tables.payments.set(id, { ...snapshot.payment, version: snapshot.payment.version + 1 });
      return cancel(snapshot, context);
    });
    await expect(work).rejects.toThrow(`${COMMIT_TRIES_MAX} times in a row`);
    expect([decided, world.payment(id).status]).toEqual([COMMIT_TRIES_MAX, "pending"]);
  });

  it.each<[string, string | null, () => Decision]>([
    ["missing", "pay_00000000000000000000000000", () => ({ nothing: true })],
    ["nothing", null, () => ({ nothing: true })],
    ["refused", null, () => ({ refusal: { code: "invalid_state" } })],
  ])("answers %s without a commit", async (result, paymentId, decide) => {
    const world = new World();
    const id = await world.created();
    const store = { ...world.deps.store, commit: () => expect.fail("must not commit") };
    expect(await decideAndCommit({ ...world.deps, store }, { ...scope, paymentId: paymentId ?? id }, decide)).toMatchObject({ result });
  });

  it("hints at a queue only for what is due, after the commit", async () => {
    const world = new World({ endpoints: 1 });
    const id = await world.created();
    world.hints.length = 0;
    await decideAndCommit(world.deps, { ...scope, paymentId: id }, cancel);
    expect(world.hints).toEqual(["webhook-queue"]);
  });

  it("does not hide that the store cannot tell", async () => {
    const world = new World();
    const id = await world.created();
    const store = { ...world.deps.store, commit: () => Promise.reject(new StoreUnavailable("connection lost")) };
    await expect(decideAndCommit({ ...world.deps, store }, { ...scope, paymentId: id }, cancel)).rejects.toMatchObject({
      name: "StoreUnavailable",
      mayHaveCommitted: true,
    });
  });
});

describe("settling", () => {
  it("with a guess that is stale decides on fresh rows", async () => {
    const world = new World();
    world.gateway.next("send", says.unknown);
    const id = await world.created();
    await world.work();
    const guess = (await world.deps.store.load(scope, id))!;
    world.tables.payments.set(id, { ...guess.payment, version: guess.payment.version + 1 });
    const [attempt] = guess.attempts;
    expect(await settle(world.deps, attempt!, { outcome: says.succeeded(attempt!), exchanges: [] }, guess)).toBe("applied");
    expect(world.payment(id).status).toBe("succeeded");
  });

  it("the same word twice applies once", async () => {
    const world = new World({ endpoints: 1 });
    world.gateway.next("send", says.unknown);
    const id = await world.created();
    await world.work();
    const [attempt] = world.attempts(id);
    const word = { outcome: says.succeeded(attempt!), exchanges: [] };
    expect([await settle(world.deps, attempt!, word), await settle(world.deps, attempt!, word)]).toEqual(["applied", "nothing"]);
    expect(world.deliveries).toHaveLength(1);
  });

  it("20 contradicting words at once closes the attempt once and tells the merchant once", async () => {
    const world = new World({ endpoints: 1 });
    world.gateway.next("send", says.unknown);
    const id = await world.created();
    await world.work();
    const [attempt] = world.attempts(id);
    const words = Array.from({ length: 20 }, (_, i) => ({
      outcome: i % 2 === 0 ? says.declined() : says.succeeded(attempt!),
      exchanges: [],
    }));
    await Promise.all(words.map((word) => settle(world.deps, attempt!, word)));
    expect(world.payment(id).status).toBe("failed");
    expect(world.eventTypes(id)).toEqual(["payment.created", "payment.failed"]);
    expect([...world.tables.refunds.values()]).toMatchObject([{ kind: "reversal" }]);
  });
});
