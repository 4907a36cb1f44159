/** Stripe and Razorpay as far as a browser and an API meet them: each far side behind real HTTP, and a Tillway that takes them for the real ones. */
import {
  createRazorpayFarSide,
  createStripeFarSide,
  startGatewayServer,
  STRIPE_TEST_KEY,
  type StripeFarSide,
} from "../../sandbox/src/index.ts";
import { createHttp } from "../../server/src/net/http.ts";
import { machineClock } from "../../server/src/system/clock.ts";
import { expect } from "vitest";
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import { freePort } from "../journeys/support/ports.ts";
import { openStage, type Stage } from "../journeys/support/stage.ts";
import { databaseServers } from "../support/databases.ts";

export const razorpayKeys = { key_secret: "key-secret-of-the-browser-test", webhook_secret: "webhooks-of-the-browser-test" };
export const stripeSecrets = { secret_key: STRIPE_TEST_KEY, webhook_secret: "whsec_of_the_browser_test" };

export interface FarSides {
  readonly stage: Stage;
  readonly stripe: StripeFarSide;
  readonly stripeUrl: string;
  readonly razorpayUrl: string;
}

/** @param onStop is called with what ends each part, in the order in which they began */
export async function openFarSides(onStop: (stop: () => unknown) => void): Promise<FarSides> {
  const clock = machineClock();
  const port = await freePort();
  const stripeUrl = `http://127.0.0.1:${port}`;
  const razorpayPort = await freePort();
  const razorpayUrl = `http://127.0.0.1:${razorpayPort}`;
  const stage = await openStage(databaseServers()[0]!.url, { STRIPE_URL: stripeUrl, RAZORPAY_URL: razorpayUrl });
  onStop(() => stage.close());
  const http = createHttp();
  onStop(() => http.close());
  const stripe = createStripeFarSide({ clock, http, publicUrl: stripeUrl });
  onStop(() => stripe.close());
  const razorpay = createRazorpayFarSide({ clock, http, publicUrl: razorpayUrl });
  onStop(() => razorpay.close());
  for (const [far, at] of [
    [stripe, port],
    [razorpay, razorpayPort],
  ] as const) {
    const server = await startGatewayServer(far, { port: at });
    onStop(() => server.close());
  }
  return { stage, stripe, stripeUrl, razorpayUrl };
}

/** The accounts of this connector take payments, and no others. @returns the id of one */
export async function only(merchant: Merchant, connector: string, credentials?: object): Promise<string> {
  if (credentials) {
    const made = await merchant.post("/v1/connector-accounts", { connector, name: connector, credentials });
    expect([made.status, made.json.error]).toEqual([201, undefined]);
  }
  const accounts: Json[] = (await merchant.get("/v1/connector-accounts")).json.data;
  for (const one of accounts)
    await merchant.patch(`/v1/connector-accounts/${one.id}`, { status: one.connector === connector ? "enabled" : "disabled" });
  return accounts.find((one) => one.connector === connector).id;
}
