/** What becomes of payments: at an account that is closed, and at one that two merchants have. */
import { beforeEach, describe, expect, it } from "vitest";
import { drain } from "../../../../test/support/flows/fake-clock.ts";
import { says, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { ACCOUNT_TESTS_MAX } from "../../core/accounts.ts";
import { KEY_CACHE_MS } from "../../core/constants.ts";
import type { AccountRow } from "../../core/model.ts";
import type { CheckResult } from "../../core/ports/connector.ts";
import { createPayment } from "../payments/create.ts";
import { refundPayment } from "../payments/operations.ts";
import { changeAccount, closeAccount, createAccount, rotateCredentials, testAccount, type NewAccount } from "./accounts.ts";

const wish: NewAccount = {
  connector: "bank",
  name: "Main",
  credentials: { secret_key: "sk_test_0123456789abcdef", webhook_secret: "whsec_of_the_bank" },
  verify: true,
};

let world: World;
beforeEach(() => {
  world = new World({ accounts: 0 });
});

const request = (of = scope) => ({ caller: { ...world.caller(), scope: of }, show: ({ id }: AccountRow) => ({ id }) });
const stored = (id: string) => world.tables.accounts.get(id)!;

async function made(of = scope): Promise<AccountRow> {
  const answer = await createAccount(world.deps, request(of), wish);
  return stored((JSON.parse(answer.body) as { id: string }).id);
}

describe("two merchants with one account at the gateway", () => {
  it("never share a gateway key, whatever they call their payments, and no webhook of one moves money of the other", async () => {
    const other = { merchantId: "mer_00000000000000000000000002", mode: "test" as const };
    const [mine, theirs] = [(await made()).id, (await made(other)).id];
    // The same idempotency key, order and amount: both shops count from one.
    const input = world.input({ orderId: "order-1" });
    for (const of of [scope, other]) await createPayment(world.deps, { ...world.caller("1"), scope: of }, input);
    world.gateway.next("send", "answer lost", "answer lost");
    await world.work();
    const attempts = [...world.tables.attempts.values()];
    expect(attempts.map(({ accountId }) => accountId).toSorted()).toEqual([mine, theirs].toSorted());
    expect(new Set(attempts.map(({ gatewayKey }) => gatewayKey)).size).toBe(2);
    expect(world.gateway.net).toBe(2_000);
    // The gateway sends events of its account to both addresses.
    const about = attempts.find((attempt) => attempt.merchantId === other.merchantId)!;
    await world.hook({ attempt: about, outcome: says.succeeded(about), accountId: mine });
    await world.work();
    expect([...world.tables.payments.values()].map(({ status }) => status)).toEqual(["processing", "processing"]);
    await world.hook({ attempt: about, outcome: says.succeeded(about), accountId: theirs });
    await world.work();
    expect(world.payment(about.paymentId).status).toBe("succeeded");
    expect([...world.tables.payments.values()].map(({ status }) => status).toSorted()).toEqual(["processing", "succeeded"]);
    // An event of the other shop is no reason to look, today or after an hour.
    await world.later(7_200_000);
    expect(world.cases()).not.toContain("unmatched_gateway_event");
  });
});

describe("a gateway that hangs", () => {
  it("holds a few tests of a merchant's credentials, and no more requests than that", async () => {
    const { id } = await made();
    const answers: ((word: CheckResult) => void)[] = [];
    world.gateway.check = () => new Promise((resolve) => answers.push(resolve));
    const held = Array.from({ length: ACCOUNT_TESTS_MAX }, () => testAccount(world.deps, request(), id));
    await drain();
    expect(answers).toHaveLength(ACCOUNT_TESTS_MAX);
    await expect(testAccount(world.deps, request(), id)).rejects.toMatchObject({ code: "rate_limited" });
    await expect(made()).rejects.toMatchObject({ code: "rate_limited" });
    for (const answer of answers) answer({ kind: "refused", reason: "status 401" });
    for (const each of held) await expect(each).rejects.toMatchObject({ code: "credentials_refused" });
    world.gateway.check = async () => ({ kind: "ok" });
    expect(await made()).toMatchObject({ verifiedAt: world.clock.now() });
  });
});

describe("an account without a webhook secret", () => {
  it("refuses webhooks until a rotation adds one, which has none before it", async () => {
    const { id } = stored((await made()).id);
    world.tables.accounts.set(id, { ...stored(id), credentials: { secret_key: wish.credentials["secret_key"]! } });
    const hook = () => world.hook({ attempt: { gatewayKey: "none" }, outcome: null, signature: "whsec_added_later", accountId: id });
    await expect(hook()).rejects.toMatchObject({ code: "invalid_signature" });
    const added = { credentials: { webhook_secret: "whsec_added_later" }, overlapMs: 60_000, verify: true };
    await world.clock.until(rotateCredentials(world.deps, request(), id, added));
    expect(await hook()).toMatchObject({ duplicate: false });
    expect(stored(id)).toMatchObject({ previousSecretUntil: null });
  });
});

describe("credentials that are replaced while the outcome of a charge is not known", () => {
  /** They may be of another account at the gateway: its books have nothing of ours. */
  const rotate = async (id: string) => {
    await world.clock.advance(1);
    const credentials = { secret_key: "sk_test_fedcba9876543210" };
    return world.clock.until(rotateCredentials(world.deps, request(), id, { credentials, overlapMs: 0, verify: true }));
  };

  it.each(["never", "by_key"] as const)(
    "do not let its absence count, so nothing is charged a second time (cancels: %s)",
    async (cancels) => {
      world.gateway.capabilities = { ...world.gateway.capabilities, cancels };
      const { id } = await made();
      await made();
      world.gateway.next("send", "answer lost");
      const paymentId = await world.created();
      await world.work();
      const books = new Map(world.gateway.ledger);
      world.gateway.ledger.clear();
      await rotate(id);
      await world.later(3_600_000);
      expect(world.gateway.net).toBe(0);
      expect(world.payment(paymentId).status).toBe("processing");
      expect(world.cases()).toContain("unknown_outcome");
      // The credentials were those of the same account after all, or are again: what is there counts.
      for (const [key, entry] of books) world.gateway.ledger.set(key, entry);
      await world.later(7_200_000);
      expect(world.payment(paymentId)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
    },
  );

  it("let a charge that was sent later be judged as ever", async () => {
    const { id } = await made();
    await rotate(id);
    await world.clock.advance(KEY_CACHE_MS);
    world.gateway.next("send", "request lost");
    const paymentId = await world.created();
    await world.work();
    await world.later(60_000);
    expect(world.gateway.count("send")).toBe(2);
    expect(world.payment(paymentId).status).toBe("succeeded");
  });

  it("are no reason to send again to a gateway that can't be asked", async () => {
    const { id } = await made();
    world.gateway.capabilities = { ...world.gateway.capabilities, canFind: false, cancels: "never" };
    world.gateway.next("send", "answer lost");
    const paymentId = await world.created();
    await world.work();
    world.gateway.ledger.clear();
    await rotate(id);
    await world.later(3_600_000);
    expect(world.gateway.net).toBe(0);
    expect(world.payment(paymentId).status).toBe("processing");
  });
});

describe("a closed account", () => {
  it("stays closed and in the list, and only its credentials can change: refunds go there", async () => {
    const { id } = await made();
    await closeAccount(world.deps, scope, id);
    const closed = stored(id);
    expect(closed).toMatchObject({ status: "disabled", closedAt: world.clock.now() });
    await expect(changeAccount(world.deps, scope, id, { status: "enabled" })).rejects.toMatchObject({ code: "invalid_state" });
    expect(await closeAccount(world.deps, scope, id)).toEqual(closed);
    expect(await world.deps.settings.accounts(scope)).toEqual([closed]);
    const secret_key = "sk_test_fedcba9876543210";
    await world.clock.until(rotateCredentials(world.deps, request(), id, { credentials: { secret_key }, overlapMs: 0, verify: true }));
    await testAccount(world.deps, request(), id);
    expect(stored(id)).toMatchObject({ closedAt: closed.closedAt, status: "disabled", credentials: { secret_key } });
  });

  it("is asked about what it has begun, and gives back what it took", async () => {
    const { id: accountId } = await made();
    world.gateway.next("send", "answer lost");
    const id = await world.created();
    await world.work();
    expect(world.payment(id).status).toBe("processing");
    await closeAccount(world.deps, scope, accountId);
    await world.later(60_000);
    expect(world.payment(id)).toMatchObject({ status: "succeeded", amountCaptured: 1_000 });
    await refundPayment(world.deps, world.caller(), { paymentId: id, amount: 400, reason: null });
    await world.work();
    expect(world.payment(id).amountRefunded).toBe(400);
    expect(world.gateway.net).toBe(600);
    expect(world.attempts(id).every((attempt) => attempt.accountId === accountId)).toBe(true);
    // And nothing new goes there.
    const next = await world.created();
    await world.work();
    expect(world.payment(next)).toMatchObject({ status: "failed", error: { code: "no_route" } });
  });
});
