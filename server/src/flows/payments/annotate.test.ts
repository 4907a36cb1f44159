import { expect, it } from "vitest";
import { Held } from "../../../../test/support/flows/gateway.ts";
import { says, scope, SECOND } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { METADATA_MAX } from "../../core/constants.ts";
import { confirmPayment } from "./operations.ts";
import { annotatePayment, type Words } from "./annotate.ts";

const of = async (world: World, id: string, words: Words) => {
  const { payment } = await annotatePayment(world.deps, scope, id, words);
  expect(world.payment(id)).toEqual(payment);
  return { description: payment.description, metadata: payment.metadata };
};

it("adds, replaces and removes texts, and leaves what is not named", async () => {
  const world = new World();
  const id = await world.created({ confirm: false });
  expect(await of(world, id, { description: "first", metadata: { a: "1", b: "2" } })).toEqual({
    description: "first",
    metadata: { a: "1", b: "2" },
  });
  expect(await of(world, id, { metadata: { a: null, b: "3", c: "4" } })).toEqual({ description: "first", metadata: { b: "3", c: "4" } });
  expect(await of(world, id, { description: null, metadata: { none: null } })).toEqual({ description: null, metadata: { b: "3", c: "4" } });
});

it("takes no more texts than a create, and says how to make room", async () => {
  const world = new World();
  const id = await world.created({ confirm: false });
  await of(world, id, { metadata: Object.fromEntries(Array.from({ length: METADATA_MAX }, (_, n) => [`n${n}`, "x"])) });
  await expect(of(world, id, { metadata: { more: "x" } })).rejects.toMatchObject({
    code: "conflicting_field",
    details: { param: "metadata" },
  });
  expect(Object.keys((await of(world, id, { metadata: { n0: null, more: "x" } })).metadata)).toHaveLength(METADATA_MAX);
});

it("does not disturb a charge that is under way, and the event that ends it shows the new words", async () => {
  const world = new World({ endpoints: 1 });
  const id = await world.created({ confirm: false });
  const held = new Held();
  world.gateway.next("send", held);
  const confirming = confirmPayment(world.deps, world.caller(), { paymentId: id, method: null, returnUrl: null });
  await world.clock.advance(SECOND);
  await of(world, id, { metadata: { note: "while the bank thinks" } });
  held.answer((attempt) => says.succeeded(attempt));
  await world.clock.advance(0);
  const answer = JSON.parse((await world.clock.until(confirming)).body) as object;
  expect(answer).toMatchObject({ status: "succeeded", metadata: { note: "while the bank thinks" } });
  expect(world.payment(id)).toMatchObject({ status: "succeeded", metadata: { note: "while the bank thinks" } });
});

it("keeps what two write at once", async () => {
  const world = new World();
  const id = await world.created({ confirm: false });
  await Promise.all(["a", "b", "c", "d"].map((name) => annotatePayment(world.deps, scope, id, { metadata: { [name]: "1" } })));
  expect(Object.keys(world.payment(id).metadata).sort()).toEqual(["a", "b", "c", "d"]);
});

it("does not find a payment of another merchant", async () => {
  const world = new World();
  const id = await world.created({ confirm: false });
  const other = { ...scope, merchantId: "mer_other" };
  await expect(annotatePayment(world.deps, other, id, { description: "x" })).rejects.toMatchObject({ code: "not_found" });
});
