/** TEST_MODE makes the bank predictable: a fixed time, one outcome. The named scenarios stay what they are. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { databaseServers } from "../support/databases.ts";
import { card, upi } from "./support/merchant.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";
import "./support/patience.ts";

const DELAY_MS = 400;

let stage: Stage;
let shop: StageMerchant;

beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url, {
    TEST_MODE: "true",
    TEST_PROCESSING_DELAY: String(DELAY_MS),
    TEST_PAYMENT_SUCCESS: "false",
  });
  shop = await stage.merchant();
});
afterAll(() => stage?.close());

it.each([
  ["a plain card", card("4111111111111111"), "card_declined"],
  ["a plain VPA", upi("somebody"), "upi_declined"],
  ["the success card", card("4242424242424242"), "card_declined"],
])("TEST_PAYMENT_SUCCESS=false declines %s, each time, after TEST_PROCESSING_DELAY", async (_, body, code) => {
  for (const { json, tookMs } of await Promise.all([1, 2, 3].map(() => timed(() => shop.client.create({ ...body, confirm: true }))))) {
    expect(json.error).toMatchObject({ code: "payment_failed", decline_code: code });
    // The bank's timer and our clock may differ by a millisecond.
    expect(tookMs).toBeGreaterThanOrEqual(DELAY_MS - 2);
  }
});

it("a named scenario wins over test mode", async () => {
  const { json } = await shop.client.create(upi("insufficient-funds", { confirm: true }));
  expect(json.error.decline_code).toBe("insufficient_funds");
  expect((await shop.client.create(upi("capture-failure", { confirm: true }))).json.status).toBe("succeeded");
});

async function timed(send: () => Promise<{ json: { error: unknown } }>) {
  const startedAt = performance.now();
  const { json } = await send();
  return { json, tookMs: performance.now() - startedAt };
}
