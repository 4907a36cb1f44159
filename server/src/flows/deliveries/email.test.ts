import { describe, expect, it } from "vitest";
import { DAY, HOUR, MINUTE, says, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { NO_MAIL_GAP_MS, WEBHOOK_SCHEDULE_MS } from "../../core/constants.ts";
import { emailOutcomes, noEmailSettings } from "../../core/email.ts";
import type { EmailSettings } from "../../core/model.ts";
import type { Mail, MailMessage, MailResult } from "../../core/ports/mail.ts";
import type { Deps } from "../deps.ts";
import { handleLetters } from "../dead-letters/handle.ts";
import { refundPayment } from "../payments/operations.ts";
import { replaceEmailSettings } from "../setup/emails.ts";
import { recoverDeliveries } from "./recover.ts";
import { sendAgain } from "./sending.testing.ts";

class MailServer implements Mail {
  sendLetter(): never {
    throw new Error("nobody signs in here");
  }
  readonly by = "smtp";
  readonly got: MailMessage[] = [];
  readonly script: Partial<MailResult>[] = [];
  async send(message: MailMessage): Promise<MailResult> {
    this.got.push(message);
    const usual = { ok: true, statusCode: 250, response: "250 Ok", error: null, durationMs: 3, retryAfterMs: null, gone: false };
    const scripted = this.script.shift();
    return { ...usual, isPermanent: false, ...(scripted && { ok: false, ...scripted }) };
  }
}

const customer = { email: "a@shopper.example" };
const all = Object.values(emailOutcomes);
const away = { statusCode: null, error: "refused" } as const;
const noSuchUser = { statusCode: 550, response: "550 No such user", isPermanent: true } as const;

function opened(settings: Partial<EmailSettings> = {}, options: ConstructorParameters<typeof World>[0] = {}) {
  const world = new World(options);
  const mail = new MailServer();
  const deps: Deps = { ...world.deps, mail };
  world.tables.emailSettings.set(JSON.stringify([scope.merchantId, scope.mode]), {
    ...noEmailSettings(scope, "eml_1"),
    enabled: true,
    ...settings,
  });
  const later = async (ms: number) => {
    await world.clock.advance(ms);
    await world.work(deps);
  };
  return { world, mail, deps, later };
}

describe("an e-mail", () => {
  it("is owed by the commit of its event, beside the webhooks, and is sent once", async () => {
    const { world, mail, deps } = opened({}, { endpoints: 2 });
    await world.created({ customer });
    await world.start(deps);
    expect(world.deliveries.map(({ channel, eventType, status }) => [channel, eventType, status])).toEqual([
      ["email", "payment.succeeded", "pending"],
      ["webhook", "payment.succeeded", "pending"],
      ["webhook", "payment.succeeded", "pending"],
    ]);
    await world.work(deps);
    expect(mail.got.map(({ to, event }) => [to, event.type])).toEqual([[customer.email, "payment.succeeded"]]);
    expect(world.deliveries.map(({ status, tries, lastStatusCode }) => [status, tries, lastStatusCode])).toEqual([
      ["succeeded", 1, 250],
      ["succeeded", 1, 200],
      ["succeeded", 1, 200],
    ]);
    expect(world.tables.jobs.size).toBe(0);
  });

  it.each([
    ["without an address", {}, { customer: { name: "A" } }],
    ["where it is turned off", { enabled: false }, { customer }],
    ["of an outcome that is not told", { events: ["refund.succeeded"] as const }, { customer }],
  ])("%s is not owed", async (_, settings, given) => {
    const { world, mail, deps } = opened(settings);
    await world.created(given);
    await world.work(deps);
    expect([world.deliveries, mail.got]).toEqual([[], []]);
  });

  it("about a refund goes to the address of its payment", async () => {
    const { world, mail, deps } = opened();
    const id = await world.created({ customer });
    await world.work(deps);
    await refundPayment(deps, world.caller(), { paymentId: id, amount: 300, reason: null });
    await world.work(deps);
    expect(mail.got.map(({ to, event }) => [to, event.type])).toEqual([
      [customer.email, "payment.succeeded"],
      [customer.email, "refund.succeeded"],
    ]);
    expect(JSON.parse(mail.got[1]!.event.body)).toMatchObject({ amount: 300 });
  });

  it("is tried again by the schedule of webhooks, each try in the log, and no more once it arrived", async () => {
    const { world, mail, deps, later } = opened();
    mail.script.push(away, { statusCode: 451, response: "451 Later" });
    await world.created({ customer });
    await world.work(deps);
    await later(MINUTE);
    expect(world.deliveries).toMatchObject([{ status: "pending", tries: 2, lastStatusCode: 451 }]);
    await later(5 * MINUTE);
    await later(DAY);
    expect(world.deliveries).toMatchObject([{ status: "succeeded", tries: 3 }]);
    expect(new Set(mail.got.map(({ delivery }) => delivery.id)).size).toBe(1);
    expect(world.tables.tries.map(({ n, statusCode, error }) => [n, statusCode, error])).toEqual([
      [1, null, "refused"],
      [2, 451, null],
      [3, 250, null],
    ]);
  });

  it("fails when the schedule is exhausted, and at once when it is refused for good", async () => {
    const { world, mail, deps, later } = opened();
    mail.script.push(...WEBHOOK_SCHEDULE_MS.map(() => away));
    await world.created({ customer });
    await world.work(deps);
    for (const gap of WEBHOOK_SCHEDULE_MS) await later(gap);
    expect(world.deliveries).toMatchObject([{ status: "failed", tries: WEBHOOK_SCHEDULE_MS.length }]);
    mail.script.push(noSuchUser);
    await world.created({ customer });
    await world.work(deps);
    expect(world.deliveries[1]).toMatchObject({ status: "failed", tries: 1, lastStatusCode: 550, nextTryAt: null });
    expect(world.tables.jobs.size).toBe(0);
  });

  it("is canceled once e-mail is turned off, and cannot be sent again until it is on", async () => {
    const { world, mail, deps, later } = opened();
    mail.script.push(away);
    await world.created({ customer });
    await world.work(deps);
    const wish = { enabled: false, fromName: null, replyTo: null, line: null, events: all, locale: "en" } as const;
    await replaceEmailSettings(deps, scope, wish);
    await later(MINUTE);
    expect([world.deliveries[0]!.status, mail.got.length]).toEqual(["canceled", 1]);
    await expect(sendAgain(world)).rejects.toMatchObject({ code: "invalid_state", message: expect.stringContaining("turned off") });
    await replaceEmailSettings(deps, scope, { ...wish, enabled: true });
    await sendAgain(world);
    await world.work(deps);
    expect([world.deliveries[0]!.status, mail.got.length]).toEqual(["succeeded", 2]);
  });

  it("that the shopper must act is not sent when that is over", async () => {
    const { world, mail, deps, later } = opened({ events: all });
    world.gateway.next("send", (call) => says.requiresAction(call.attempt));
    mail.script.push(away);
    const id = await world.created({ customer });
    await world.work(deps);
    expect([world.payment(id).status, mail.got.length]).toEqual(["requires_action", 1]);
    world.tables.payments.set(id, { ...world.payment(id), status: "failed" });
    await later(MINUTE);
    expect([world.deliveries[0]!.status, mail.got.length]).toEqual(["canceled", 1]);
  });

  it("waits for a worker that has a way out, and calls a person if there is none for long", async () => {
    const { world, mail, deps } = opened();
    await world.created({ customer });
    await world.work();
    expect(world.deliveries).toMatchObject([{ status: "pending", tries: 0 }]);
    for (let n = 0; n < 10; n++) {
      await world.clock.advance(NO_MAIL_GAP_MS);
      await world.work();
    }
    expect(world.cases()).toEqual(["dead_job"]);
    await world.clock.advance(HOUR);
    await world.work(deps);
    expect([world.deliveries[0]!.status, mail.got.length, world.cases()]).toEqual(["succeeded", 1, []]);
  });

  it("is sent again with all that match: recovered, or replayed as a dead letter, and by its kind", async () => {
    const { world, mail, deps } = opened();
    mail.script.push(noSuchUser, noSuchUser);
    await world.created({ customer });
    await world.created({ customer });
    await world.work(deps);
    const act = { action: "replay", by: "Ann", reason: null, deliveries: true } as const;
    const wish = { limit: 1, perSecond: 100, dryRun: false } as const;
    const ofWebhooks = await handleLetters(deps, world.caller(), act, { ...wish, kind: "webhook" });
    expect(JSON.parse(ofWebhooks.body)).toMatchObject({ matched: 0 });
    const replayed = await handleLetters(deps, world.caller("a"), act, { ...wish, kind: "email" });
    expect(JSON.parse(replayed.body)).toMatchObject({ matched: 1, changed: 1 });
    const recovered = await recoverDeliveries(deps, world.caller("b"), { ...wish, status: "failed" });
    expect(JSON.parse(recovered.body)).toMatchObject({ matched: 1, recovered: 1 });
    await world.work(deps);
    expect(world.deliveries.map(({ status }) => status)).toEqual(["succeeded", "succeeded"]);
    expect(mail.got).toHaveLength(4);
  });
});

describe("e-mail settings", () => {
  it("are not turned on where nothing could be sent, and may be turned off there", async () => {
    const { world } = opened({ enabled: false });
    const wish = { enabled: true, fromName: null, replyTo: null, line: null, events: all, locale: "en" } as const;
    await expect(replaceEmailSettings(world.deps, scope, wish)).rejects.toMatchObject({
      code: "invalid_state",
      message: expect.stringContaining("SMTP_URL"),
    });
    await expect(replaceEmailSettings(world.deps, scope, { ...wish, enabled: false })).resolves.toMatchObject({ enabled: false });
  });
});
