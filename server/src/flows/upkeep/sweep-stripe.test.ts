import { createStripeFarSide, inProcessTransport, STRIPE_TEST_KEY } from "@tillway/sandbox";
import { expect, it } from "vitest";
import { anAccount, DAY, HOUR, MINUTE } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { createStripeConnector } from "../../connectors/stripe/connector.ts";
import type { Connector } from "../../core/ports/connector.ts";
import { capturePayment, refundPayment } from "../payments/operations.ts";
import { planSweeps } from "./sweep.ts";

const BASE = "https://stripe.test";
const account = anAccount(1, { connector: "stripe", credentials: { secret_key: STRIPE_TEST_KEY } });

/** Tillway before Stripe's far side, which sends no webhooks. */
function openWorld(laterMs?: number) {
  const world = new World();
  const clock = { now: () => world.clock.now(), sleep: world.clock.sleep.bind(world.clock) };
  const far = createStripeFarSide({ clock, http: null, laterMs });
  const connector = createStripeConnector({ http: inProcessTransport(far), baseUrl: BASE, clock });
  (world.deps.connectors as Map<string, Connector>).set(connector.name, connector);
  world.tables.accounts.set(account.id, account);
  const pay = async (token: string, captureMethod: "automatic" | "manual" = "automatic"): Promise<string> => {
    const method = { type: "card", connector: "stripe", token, network: null, last4: null } as const;
    const id = await world.created({ method, captureMethod });
    await world.later(MINUTE);
    return id;
  };
  const post = (path: string, body: string) =>
    far.handle({ method: "POST", path, headers: { authorization: `Bearer ${STRIPE_TEST_KEY}` }, body });
  const sweep = async (): Promise<number> => {
    await world.later(5 * MINUTE);
    await planSweeps(world.deps);
    await world.later(HOUR);
    return (await world.deps.settings.sweep(account))!.found;
  };
  return { world, far, pay, post, sweep };
}

it("a declined charge at Stripe that turned into a success without a webhook is found by the sweep, and goes back", async () => {
  const { world, far, pay, post, sweep } = openWorld();
  const id = await pay("pm_card_visa_chargeDeclined");
  const [attempt] = world.attempts(id);
  expect([world.payment(id).status, attempt!.status]).toEqual(["failed", "declined"]);
  await post(`/v1/payment_intents/${attempt!.gatewayReference}/confirm`, "payment_method=pm_card_visa");
  expect(far.book(attempt!.gatewayKey)).toMatchObject({ captured: 1_000, refunded: 0 });
  expect(await sweep()).toBe(1);
  expect(world.attempts(id)[0]).toMatchObject({ status: "declined", lateStatus: "succeeded" });
  expect(far.book(attempt!.gatewayKey)).toMatchObject({ captured: 1_000, refunded: 1_000 });
  await far.close();
});

it.each([600, 1_000])("a hold of which we captured %i of 1000 is no news, and nobody is asked about it", async (amount) => {
  const { world, far, pay, sweep } = openWorld();
  const id = await pay("pm_card_visa", "manual");
  await capturePayment(world.deps, world.caller(), { paymentId: id, amount, isFinal: true });
  await world.later(MINUTE);
  expect(world.payment(id)).toMatchObject({ status: "succeeded", amountCaptured: amount });
  const asked = far.calls().length;
  expect([await sweep(), world.cases()]).toEqual([0, []]);
  expect(
    far
      .calls()
      .slice(asked)
      .every(({ path }) => path.includes("created")),
  ).toBe(true);
  await far.close();
});

it("a refund that Stripe called done, and that the bank sent back three weeks later, is found without a webhook", async () => {
  const { world, far, pay } = openWorld(21 * DAY);
  const id = await pay("pm_card_refundFail");
  await refundPayment(world.deps, world.caller(), { paymentId: id, reason: null });
  await world.later(MINUTE);
  expect(world.payment(id).amountRefunded).toBe(1_000);
  await planSweeps(world.deps);
  await world.later(22 * DAY);
  expect([world.payment(id).amountRefunded, world.cases()]).toEqual([0, ["refund_contradicted"]]);
  await far.close();
});

it("a charge that another program made at Stripe becomes a case", async () => {
  const { world, far, post, sweep } = openWorld();
  await post("/v1/payment_intents", "amount=700&currency=eur&confirm=true&payment_method=pm_card_visa&return_url=https%3A%2F%2Fx.example");
  expect([await sweep(), world.cases()]).toEqual([1, ["unknown_charge"]]);
  await far.close();
});

it("two accounts of ours at one of Stripe's open no case for each other, but for a charge of another installation", async () => {
  const { world, far, pay, post, sweep } = openWorld();
  const second = anAccount(2, { connector: "stripe", credentials: account.credentials, priority: 9 });
  world.tables.accounts.set(second.id, second);
  const id = await pay("pm_card_visa");
  await refundPayment(world.deps, world.caller(), { paymentId: id, amount: 400, reason: null });
  await world.later(MINUTE);
  const intent = world.attempts(id)[0]!.gatewayReference!;
  await sweep();
  expect([(await world.deps.settings.sweep(second))!.seen, world.cases()]).toEqual([2, []]);
  // By hand, of the first one's charge: its matter alone.
  await post("/v1/refunds", `payment_intent=${intent}&amount=100`);
  const elsewhere = `metadata[tillway_key]=${"k".repeat(32)}&metadata[tillway_account]=acc_elsewhere`;
  const charge = "amount=700&currency=eur&confirm=true&payment_method=pm_card_visa&return_url=https%3A%2F%2Fx.example";
  await post("/v1/payment_intents", `${charge}&${elsewhere}`);
  await world.later(DAY);
  const subjects = [...world.tables.cases.values()].map(({ kind, subject }) => `${kind} ${subject.split(" ")[0]}`);
  expect(subjects.toSorted()).toEqual([...Array(2).fill(account.id), second.id].map((one) => `unknown_charge ${one}`));
  await far.close();
});
