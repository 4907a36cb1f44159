import { expect, it } from "vitest";
import { scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { annotatePayment } from "./annotate.ts";

it("metadata takes no card number whose groups come one by one, nor around a text that is removed (security row 6)", async () => {
  const world = new World();
  const say = (id: string, metadata: Record<string, string | null>) => annotatePayment(world.deps, scope, id, { metadata });
  const refusal = { code: "conflicting_field", details: { param: "metadata" } };
  const id = await world.created({ confirm: false });
  for (const [name, text] of [
    ["a", "4242"],
    ["b", "4242"],
    ["c", "4242"],
  ] as const)
    await say(id, { [name]: text });
  await expect(say(id, { d: "4242" })).rejects.toMatchObject(refusal);
  expect(world.payment(id).metadata).toEqual({ a: "4242", b: "4242", c: "4242" });
  const other = await world.created({ confirm: false, metadata: { a: "3782", x: "-", b: "822463", c: "10005" } });
  await expect(say(other, { x: null })).rejects.toMatchObject(refusal);
  // Four numbers of a shop that are no card's.
  await say(id, { d: "4243" });
});
