import { createRazorpayFarSide, inProcessTransport } from "@tillway/sandbox";
import { expect, it } from "vitest";
import { anAccount, DAY, HOUR, MINUTE } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { createRazorpayConnector } from "../../connectors/razorpay/connector.ts";
import type { PaymentMethod } from "../../core/model.ts";
import type { Connector } from "../../core/ports/connector.ts";
import { capturePayment } from "../payments/operations.ts";
import { planSweeps } from "./sweep.ts";

const credentials = { key_id: "rzp_test_sweep", key_secret: "secret" };
const account = anAccount(1, { connector: "razorpay", credentials });
const customer = { email: "asha@example.com", phone: "+919999999999" };
const card = (name: string): PaymentMethod => ({
  type: "card",
  connector: "razorpay",
  token: `token_${name}`,
  network: null,
  last4: null,
});

/** Tillway before Razorpay's far side, which sends no webhooks. */
function openWorld() {
  const world = new World();
  const clock = { now: () => world.clock.now(), sleep: world.clock.sleep.bind(world.clock) };
  const far = createRazorpayFarSide({ clock, http: null, publicUrl: "https://razorpay.test" });
  const asked: string[] = [];
  const http = inProcessTransport(far, ({ url }) => void asked.push(url.replace("https://razorpay.test/v1/", "")));
  const connector = createRazorpayConnector({ http, baseUrl: "https://razorpay.test", clock });
  (world.deps.connectors as Map<string, Connector>).set(connector.name, connector);
  world.tables.accounts.set(account.id, account);
  const post = async (path: string, body: object): Promise<Record<string, string>> => {
    const headers = { authorization: `Basic ${Buffer.from(`${credentials.key_id}:${credentials.key_secret}`).toString("base64")}` };
    const { body: text } = await far.handle({ method: "POST", path, headers, body: JSON.stringify(body) });
    return JSON.parse(text) as Record<string, string>;
  };
  const pay = async (name: string, captureMethod: "automatic" | "manual" = "automatic"): Promise<string> => {
    const id = await world.created({ method: card(name), captureMethod, customer });
    await world.later(MINUTE / 4);
    return id;
  };
  const sweep = async (): Promise<number> => {
    await world.later(5 * MINUTE);
    await planSweeps(world.deps);
    await world.later(HOUR);
    return (await world.deps.settings.sweep(account))!.found;
  };
  const kept = (): number =>
    [...far.books.payments.values()]
      .filter(({ captured }) => captured)
      .reduce((sum, { amount, refunds }) => sum + amount - refunds.reduce((back, refund) => back + refund.amount, 0), 0);
  return { world, far, asked, pay, post, sweep, kept };
}

it("a failed payment at Razorpay that the bank authorized later, of which no webhook told, is found by the sweep and goes back", async () => {
  const { world, pay, sweep, kept, far } = openWorld();
  const id = await pay("AbroadLateSuccess");
  expect([world.payment(id).status, world.attempts(id)[0]!.status]).toEqual(["failed", "declined"]);
  await world.later(MINUTE);
  await far.handle({ method: "GET", path: "/health", headers: {}, body: null });
  expect(kept()).toBe(1_000);
  expect(await sweep()).toBe(1);
  expect(world.attempts(id)[0]).toMatchObject({ status: "declined", lateStatus: "succeeded" });
  expect([world.payment(id).status, kept()]).toEqual(["failed", 0]);
  await far.close();
});

it("one that is authorized on the fifth day, too late to be captured by Razorpay, is found as well, and lapses", async () => {
  const { world, pay, sweep, kept, far } = openWorld();
  const id = await pay("AbroadDeclined");
  expect(await sweep()).toBe(0);
  const [payment] = far.books.payments.values();
  await world.later(4.5 * DAY);
  await far.handle({ method: "POST", path: `/_payments/${payment!.id}/authorize`, headers: {}, body: "{}" });
  await world.later(7 * HOUR);
  expect(world.attempts(id)[0]).toMatchObject({ status: "declined", lateStatus: "authorized" });
  expect([world.cases(), kept()]).toEqual([["late_truth"], 0]);
  await far.close();
});

it("what succeeded, was held, captured, lapsed and given back is no news, and nobody is asked about it", async () => {
  const { world, far, asked, pay, sweep } = openWorld();
  await pay("AbroadSuccess");
  const id = await pay("AbroadSuccess", "manual");
  await capturePayment(world.deps, world.caller(), { paymentId: id });
  const lapses = await pay("AbroadSuccess", "manual");
  await world.later(6 * DAY);
  expect([world.payment(id).status, world.payment(lapses).status]).toEqual(["succeeded", "canceled"]);
  asked.length = 0;
  expect([await sweep(), world.cases()]).toEqual([0, []]);
  // One payment is asked for: that of Razorpay's own refund, which names nobody.
  const others = asked.filter((path) => !/^(payments|refunds)\?from=/.test(path));
  expect([...new Set(others)]).toEqual([expect.stringMatching(/^payments\/pay_\w+$/)]);
  await far.close();
});

it("a payment that another program made at Razorpay becomes a case, and so does a refund by hand", async () => {
  const { world, far, post, sweep, pay } = openWorld();
  await pay("AbroadSuccess");
  const [ours] = far.books.payments.values();
  await post(`/v1/payments/${ours!.id}/refund`, { amount: 300 });
  const order = await post("/v1/orders", { amount: 700, currency: "INR", payment: { capture: "automatic" } });
  const who = { email: customer.email, contact: customer.phone };
  const body = { amount: 700, currency: "INR", order_id: order["id"], ...who, method: "card", token: "token_AbroadSuccess" };
  await post("/v1/payments/create/json", body);
  expect([await sweep(), world.cases()]).toEqual([2, ["unknown_charge", "unknown_charge"]]);
  await far.close();
});
