/** E-mail to shoppers by a real mail server: each outcome once, with both parts, and nothing lost while the server is away. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startScriptedServer, type ScriptedServer } from "../../server/src/deliveries/email/server.testing.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { closedAfterEach } from "./support/closing.ts";
import { mailbox } from "./support/mailbox.ts";
import { card, upi, type Json, type Merchant } from "./support/merchant.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const mailpit = needs("mailpit", process.env["MAILPIT_SMTP_URL"]);

mailpit.describe("e-mail to shoppers", () => {
  const { url } = databaseServers()[0]!;
  const box = mailbox(process.env["MAILPIT_API_URL"] ?? "");
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(url, { SMTP_URL: mailpit.url, MAIL_FROM: "payments@tillway.example" });
  });
  afterAll(() => stage.close());

  async function shop(settings: object = {}): Promise<Merchant> {
    const { client } = await stage.merchant();
    const answer = await client.put("/v1/email-settings", { enabled: true, ...settings });
    expect(answer.json).toMatchObject({ object: "email_settings", enabled: true, sent_by: "smtp" });
    return client;
  }

  it("a payment that succeeded brings its receipt, once, in both parts, with nothing from elsewhere", async () => {
    const client = await shop({ from_name: "Chai & Co", reply_to: "help@chai.example", line: "Call us: 1800 <1>" });
    const to = box.address();
    const { json: payment } = await client.create(
      upi("success", { confirm: true, customer: { email: to }, description: "Two <b>teas</b>" }),
    );
    await client.until(payment.id, "succeeded");
    const [mail, ...others] = await box.mailsTo(to, 1);
    expect(others).toEqual([]);
    expect(mail).toMatchObject({
      Subject: "Your receipt from Chai & Co",
      From: { Name: "Chai & Co", Address: "payments@tillway.example" },
    });
    expect(mail.To).toEqual([{ Name: "", Address: to }]);
    expect([mail.Cc ?? [], mail.Bcc ?? []]).toEqual([[], []]);
    expect(mail.ReplyTo).toEqual([{ Name: "", Address: "help@chai.example" }]);
    for (const part of [mail.Text, mail.HTML]) {
      expect(part).toContain("₹500.00");
      expect(part).toContain(payment.id);
      expect(part).toContain("Chai &");
    }
    expect(mail.HTML).toContain("Two &lt;b&gt;teas&lt;/b&gt;");
    expect(mail.HTML).toContain("Call us: 1800 &lt;1&gt;");
    expect(mail.HTML).not.toMatch(/<img|<a |https?:|url\(|@import/i);
    // It is noted a moment after the mail server has the message.
    const data = await waitFor("the delivery to be done", async () => {
      const rows: Json[] = (await client.get("/v1/deliveries")).json.data;
      return rows[0] === undefined || rows[0].status === "pending" ? null : rows;
    });
    expect(data).toMatchObject([
      { channel: "email", event_type: "payment.succeeded", status: "succeeded", to: `${to[0]}***@shopper.example` },
    ]);
    expect(mail.MessageID).toBe(`${data[0].id}@tillway.example`);
    const { tries } = (await client.get(`/v1/deliveries/${data[0].id}`)).json;
    expect(tries).toMatchObject([{ n: 1, status_code: 250, request: null, error: null }]);
    const check = await box.htmlCheck(mail.ID);
    expect(check.Total.Supported + check.Total.Partial).toBeGreaterThanOrEqual(95);
    const timeline: Json = (await client.get(`/v1/payments/${payment.id}/timeline`)).json;
    expect(timeline.entries.map((entry: Json) => entry.text).join("\n")).toContain(`Try 1 of the e-mail payment.succeeded to ${to[0]}***`);
  });

  it("a merchant who has not turned it on, and a shopper without an address, get none", async () => {
    const { client: off } = await stage.merchant();
    const to = box.address();
    const { json: unseen } = await off.create(upi("success", { confirm: true, customer: { email: to } }));
    await off.until(unseen.id, "succeeded");
    const on = await shop();
    const { json: nobody } = await on.create(upi("success", { confirm: true }));
    await on.until(nobody.id, "succeeded");
    const { json: seen } = await on.create(upi("success", { confirm: true, customer: { email: to } }));
    await on.until(seen.id, "succeeded");
    const mails = await box.mailsTo(to, 1);
    expect(mails.map((mail) => mail.Text.includes(seen.id))).toEqual([true]);
    expect((await off.get("/v1/deliveries")).json.data).toEqual([]);
    await expect.poll(async () => (await on.get("/v1/deliveries")).json.data).toHaveLength(1);
  });

  it("an address of a stranger cannot be smuggled in", async () => {
    const client = await shop();
    for (const email of ["a,b@x.in", "x:b@x.in;", "<a@x.in>", 'a"b@x.in', "a b@x.in", "a@x.in\r\nBcc: b@x.in", "(a)b@x.in"]) {
      const answer = await client.create(upi("success", { confirm: true, customer: { email } }));
      expect([email, answer.status]).toEqual([email, 400]);
    }
    const bad = await client.put("/v1/email-settings", { enabled: true, from_name: "Shop\r\nBcc: b@x.in" });
    expect(bad.json.error).toMatchObject({ code: "invalid_field", param: "from_name" });
    for (const reply_to of ["a,b@x.in", "jürgen@x.in", '"a b"@x.in', "a@x.in\nBcc: b@x.in"]) {
      const { status, json } = await client.put("/v1/email-settings", { enabled: true, reply_to });
      expect([reply_to, status, json.error?.param]).toEqual([reply_to, 400, "reply_to"]);
    }
    expect((await client.put("/v1/email-settings", { enabled: true, reply_to: "o'neil+help@bücher.example" })).status).toBe(200);
  });

  it("each outcome is told in the shopper's language, from right to left where that is read so", async () => {
    const client = await shop({ outcomes: ["succeeded", "failed", "refunded", "action_needed"], locale: "ar" });
    const to = box.address();
    const order = (scenario: string, locale?: string) =>
      client.create(upi(scenario, { confirm: true, customer: { email: to }, ...(locale && { metadata: { locale } }) }));
    const { json: paid } = await order("success");
    await client.until(paid.id, "succeeded");
    await client.post("/v1/refunds", { payment_id: paid.id, amount: 12_345 });
    const { json: declined } = await order("insufficient-funds", "de-AT");
    await client.until(declined.error.payment_id, "failed");
    const customer = { email: to, locale: "es" };
    const { json: asked } = await client.create(
      card("4000002500003155", { confirm: true, return_url: "https://shop.example/back", customer }),
    );
    expect(asked.status).toBe("requires_action");
    const mails = await box.mailsTo(to, 4);
    const [receipt, refund] = ["إيصالك من Shop", "استرداد المبلغ من Shop"].map((subject) => mails.find((mail) => mail.Subject === subject));
    expect(receipt.HTML).toContain('<html lang="ar" dir="rtl">');
    expect(refund.Text.replace(/[٠-٩]/g, (digit: string) => String(digit.charCodeAt(0) & 15))).toMatch(/123[.٫]45/);
    const failed = mails.find((mail) => mail.Subject === "Ihre Zahlung an Shop hat nicht geklappt");
    expect(failed.Text).toContain("Auf dem Konto war nicht genug Geld.");
    const wanted = mails.find((mail) => mail.Subject === "Termine su pago a Shop");
    expect(wanted.Text).toContain(asked.id);
    for (const mail of mails) {
      const { Total: total } = await box.htmlCheck(mail.ID);
      expect(total.Supported + total.Partial).toBeGreaterThanOrEqual(95);
    }
  });
});

/** A mail server of which a test decides when it is there, and what it says. */
describe("while the mail server", () => {
  const { url } = databaseServers()[0]!;
  const open = closedAfterEach();

  async function shopBy(server: ScriptedServer): Promise<Merchant> {
    const stage = await openStage(url, {
      SMTP_URL: server.url,
      MAIL_FROM: "payments@tillway.example",
      WEBHOOK_RETRY_INTERVALS_TEST: "true",
    });
    open.push(() => stage.close());
    const { client } = await stage.merchant();
    await client.put("/v1/email-settings", { enabled: true });
    return client;
  }

  async function deliveryOf(client: Merchant, email: string, status: string): Promise<Json> {
    const { json } = await client.create(upi("success", { confirm: true, customer: { email } }));
    return deliveryIn(client, json.id, status);
  }

  function deliveryIn(client: Merchant, paymentId: string, status: string): Promise<Json> {
    const look = async (): Promise<Json> => {
      const [row] = (await client.get(`/v1/deliveries?payment_id=${paymentId}`)).json.data;
      return row?.status === status && (row.tries_made > 0 || status === "canceled") ? row : null;
    };
    return waitFor(`the e-mail to be ${status}`, look, { timeoutMs: 30_000, pauseMs: 50 });
  }

  it("is away, an e-mail waits; once it is back it arrives, once", async () => {
    const first = await startScriptedServer();
    const client = await shopBy(first);
    await first.close();
    const owed = await deliveryOf(client, "a@shopper.example", "pending");
    const back = await startScriptedServer({}, first.port);
    open.push(() => back.close());
    const sent = await deliveryIn(client, owed.payment_id, "succeeded");
    expect(back.taken).toHaveLength(1);
    expect(back.taken[0]).toContain(`Message-ID: <${sent.id}@tillway.example>`);
    const { tries } = (await client.get(`/v1/deliveries/${sent.id}`)).json;
    expect(tries.map((each: Json) => each.error ?? each.status_code)).toEqual([...tries.slice(1).map(() => "refused"), 250]);
    expect(tries.length).toBeGreaterThan(1);
  });

  it("takes a message and dies before it says so, the e-mail comes once more under the same id: rather twice than never", async () => {
    const server = await startScriptedServer({ diesWithMessage: true });
    open.push(() => server.close());
    const client = await shopBy(server);
    const owed = await deliveryOf(client, "a@shopper.example", "pending");
    server.script = {};
    await deliveryIn(client, owed.payment_id, "succeeded");
    expect(server.taken.length).toBeGreaterThan(1);
    for (const text of server.taken) expect(text).toContain(`Message-ID: <${owed.id}@tillway.example>`);
    const { tries } = (await client.get(`/v1/deliveries/${owed.id}`)).json;
    expect([tries[0].status_code, tries.at(-1).status_code]).toEqual([null, 250]);
  });

  it("refuses for good, the e-mail is a dead letter at once, and a replay sends it when that is mended", async () => {
    const server = await startScriptedServer({ says: { RCPT: "550 5.1.1 No such user here" } });
    open.push(() => server.close());
    const client = await shopBy(server);
    const owed = await deliveryOf(client, "nobody@shopper.example", "failed");
    expect(owed).toMatchObject({ tries_made: 1, last_status_code: 550, next_try_at: null });
    const { tries } = (await client.get(`/v1/deliveries/${owed.id}`)).json;
    expect(tries[0].response).toContain("No such user here");
    const letters = (await client.get("/v1/dead-letters")).json.data;
    expect(letters).toMatchObject([{ id: owed.id, reason: "delivery_failed", kind: "email" }]);
    server.script = {};
    const replay = await client.post(`/v1/dead-letters/${owed.id}/replay`, {}, `replay ${owed.id}`);
    expect(replay.json).toMatchObject({ outcome: "replayed" });
    await deliveryIn(client, owed.payment_id, "succeeded");
    expect(server.taken).toHaveLength(1);
    const again = await client.post(`/v1/deliveries/${owed.id}/retry`, undefined, `again ${owed.id}`);
    expect(again.status).toBe(200);
    await waitFor("it to come once more", () => server.taken.length === 2);
  });

  it("does not know SMTPUTF8, an address beyond ASCII fails for good with that reason", async () => {
    const server = await startScriptedServer();
    open.push(() => server.close());
    const client = await shopBy(server);
    const owed = await deliveryOf(client, "jürgen@shopper.example", "failed");
    const { tries } = (await client.get(`/v1/deliveries/${owed.id}`)).json;
    expect(tries).toMatchObject([{ n: 1, error: "no_smtputf8" }]);
    expect(server.taken).toEqual([]);
  });
});

describe("without a mail server", () => {
  const { url } = databaseServers()[0]!;
  const open = closedAfterEach();

  it("the profile of one process keeps what it would send, and shows it to its merchant alone", async () => {
    const stage = await openStage(url);
    open.push(() => stage.close());
    const [{ client }, { client: other }] = [await stage.merchant(), await stage.merchant()];
    const set = await client.put("/v1/email-settings", { enabled: true, line: "Thanks" });
    expect(set.json).toMatchObject({ sent_by: "captured" });
    const { json } = await client.create(upi("success", { confirm: true, customer: { email: "a@shopper.example" } }));
    const look = async (): Promise<Json> => (await client.get("/v1/test/emails")).json.data[0];
    const kept = await waitFor("an e-mail to be kept", look, { timeoutMs: 20_000 });
    expect(kept).toMatchObject({ to: "a@shopper.example", from: "Shop <payments@localhost>", subject: "Your receipt from Shop" });
    expect(kept.text).toContain(json.id);
    expect((await other.get("/v1/test/emails")).json.data).toEqual([]);
    expect((await fetch(`${stage.url}/v1/test/emails`)).status).toBe(401);
  });
});
