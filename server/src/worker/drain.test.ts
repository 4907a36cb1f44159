import { expect, it } from "vitest";
import { World } from "../../../test/support/flows/world.ts";
import { DRAIN_MS } from "../core/constants.ts";
import { drain } from "./worker.ts";

it("waits for the work under way, and leaves no timer behind it", async () => {
  const { clock } = new World();
  const startedAt = clock.now();
  await clock.until(drain(clock, clock.sleep(1_000)));
  expect(clock.now() - startedAt).toBe(1_000);
});

it("waits no longer than the drain time", async () => {
  const { clock } = new World();
  const startedAt = clock.now();
  await clock.until(drain(clock, new Promise(() => {})));
  expect(clock.now() - startedAt).toBe(DRAIN_MS);
});
