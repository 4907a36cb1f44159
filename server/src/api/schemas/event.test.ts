import { readFile, readdir } from "node:fs/promises";
import { Compile } from "typebox/schema";
import { describe, expect, it } from "vitest";
import { says } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { eventTypes, type EventType } from "../../core/events.ts";
import { eventEnvelope } from "../../core/represent.ts";
import { addEndpoint, sendTest } from "../../flows/setup/endpoints.ts";
import { cancelPayment, refundPayment } from "../../flows/payments/operations.ts";

const folder = new URL("../../../../docs/events/", import.meta.url);
const sent = (Object.keys(eventTypes) as EventType[]).filter((type) => eventTypes[type].webhook);

async function problemsOf(event: Parameters<typeof eventEnvelope>[0], type: string = event.type): Promise<unknown> {
  const schema = JSON.parse(await readFile(new URL(`${type}.json`, folder), "utf8")) as object;
  const [valid, errors] = Compile(schema as never).Errors(JSON.parse(eventEnvelope(event)));
  return valid ? null : errors;
}

describe("the catalogue of events", () => {
  it("has a schema for each type that is sent, and no other", async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));
    expect(files.sort()).toEqual(sent.map((type) => `${type}.json`).sort());
  });

  it("describes the events that are really sent, and tells them apart", async () => {
    const world = new World();
    const added = await addEndpoint(world.deps, world.caller(), { url: "https://shop.example/hooks" });
    await sendTest(world.deps, world.caller(), (JSON.parse(added.body) as { id: string }).id, () => "{}");
    const paid = await world.created();
    await world.work();
    world.gateway.next("send", says.declined());
    await world.created();
    const held = await world.authorized();
    await cancelPayment(world.deps, world.caller(), { paymentId: held });
    await refundPayment(world.deps, world.caller(), { paymentId: paid, reason: null });
    await world.later(86_400_000);
    const got = world.receiver.got.map(({ event }) => event);
    expect(new Set(got.map(({ type }) => type)).size).toBeGreaterThan(3);
    for (const event of got) expect(await problemsOf(event), event.type).toBeNull();
    expect(
      await problemsOf(
        got.find(({ type }) => type === "webhook.test")!,
        "payment.succeeded",
      ),
    ).not.toBeNull();
    const broken = { ...got.find(({ type }) => type === "payment.succeeded")!, body: '{"id":"pay_1"}' };
    expect(await problemsOf(broken)).not.toBeNull();
  });
});
