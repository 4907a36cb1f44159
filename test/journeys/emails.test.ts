/** E-mail to shoppers by a real mail server: each outcome once, with both parts, and nothing lost while the server is away. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { mailbox } from "./support/mailbox.ts";
import { upi, type Json, type Merchant } from "./support/merchant.ts";
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
    const { data } = (await client.get("/v1/deliveries")).json;
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
    expect((await on.get("/v1/deliveries")).json.data).toHaveLength(1);
  });

  it("an address of a stranger cannot be smuggled in", async () => {
    const client = await shop();
    for (const email of ["a,b@x.in", "x:b@x.in;", "<a@x.in>", 'a"b@x.in', "a b@x.in", "a@x.in\r\nBcc: b@x.in", "(a)b@x.in"]) {
      const answer = await client.create(upi("success", { confirm: true, customer: { email } }));
      expect([email, answer.status]).toEqual([email, 400]);
    }
    const bad = await client.put("/v1/email-settings", { enabled: true, from_name: "Shop\r\nBcc: b@x.in" });
    expect(bad.json.error).toMatchObject({ code: "invalid_field", param: "from_name" });
  });
});
