/** A database that was restored from an older dump meets a gateway that remembers more than it does. */
import { expect, it } from "vitest";
import { inProcessTransport, startSandbox } from "@tillway/sandbox";
import { mockSettings } from "../../../../sandbox/src/gateway/settings.testing.ts";
import { anAccount } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { createPayment } from "../../flows/payments/create.ts";
import { createSandboxConnector } from "./connector.ts";

const method = { type: "upi", vpa: "success@sandbox" } as const;

it("the same key with another body comes first: the payment is not failed while the gateway holds the money, and a case is opened (R3)", async () => {
  let now = (): number => 0;
  const clock = { now: () => now(), sleep: () => Promise.resolve() };
  const farSide = await startSandbox({ settings: mockSettings(), clock, http: null, journalPath: null });
  const open = () => {
    const world = new World({ accounts: 0 });
    now = () => world.clock.now();
    const account = { ...anAccount(1), connector: "sandbox", credentials: { api_key: "k", webhook_secret: "s" } };
    world.tables.accounts.set(account.id, account);
    const connector = createSandboxConnector({ http: inProcessTransport(farSide), baseUrl: "http://sandbox.test", clock: world.clock });
    return { world, deps: { ...world.deps, connectors: new Map([["sandbox", connector]]) } };
  };
  const before = open();
  await createPayment(before.deps, before.world.caller("order-7"), before.world.input({ method, amount: 1_000 }));
  await before.world.work(before.deps);
  expect([...before.world.tables.payments.values()]).toMatchObject([{ status: "succeeded" }]);

  const { world, deps } = open();
  await createPayment(deps, world.caller("order-7", "another body"), world.input({ method, amount: 2_000 }));
  await world.work(deps);
  for (const waitMs of [5_000, 15_000, 45_000, 120_000, 900_000, 1_800_000]) {
    expect([...world.tables.payments.values()]).toMatchObject([{ status: "processing" }]);
    expect([...world.tables.attempts.values()]).toMatchObject([
      { status: "unknown", gatewayReference: expect.stringMatching(/./) as string },
    ]);
    await world.clock.advance(waitMs);
    await world.work(deps);
  }
  expect([...world.tables.cases.values()].filter((one) => one.status === "open").map((one) => one.kind)).toContain("mismatched_answer");
  const [books] = farSide.ledger.accounts.values();
  expect([...books!.operations.values()].map((one) => one.amount)).toEqual([1_000]);
});
