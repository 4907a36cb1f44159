/** What tests of deliveries have in common. */
import { expect } from "vitest";
import { scope } from "../../../../test/support/flows/rows.ts";
import type { World } from "../../../../test/support/flows/world.ts";
import type { Scope } from "../../core/model.ts";
import type { Store } from "../../core/ports/store.ts";
import type { Answer } from "../idempotency.ts";
import { retryDelivery } from "./retry.ts";

/** A payment that succeeded, whose webhook is due and not sent yet. */
export async function owing(world: World): Promise<void> {
  await world.created();
  await (
    await world.start()
  ).end;
  expect(world.deliveries).toMatchObject([{ status: "pending", tries: 0 }]);
}

/** A person sends the first delivery again. */
export function sendAgain(world: World, given: { key?: string; scope?: Scope; store?: Store } = {}): Promise<Answer> {
  const deps = { ...world.deps, store: given.store ?? world.deps.store };
  const caller = { ...world.caller(given.key), scope: given.scope ?? scope };
  return retryDelivery(deps, caller, world.deliveries[0]!.id, async (delivery) => JSON.stringify(delivery));
}

export const failures = (count: number) => Array.from({ length: count }, () => ({ statusCode: 500 }));
