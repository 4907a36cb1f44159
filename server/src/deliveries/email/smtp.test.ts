import { hostname } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { aMail } from "./message.testing.ts";
import { startScriptedServer, type ScriptedServer, type SmtpScript } from "./server.testing.ts";
import { createSmtp } from "./smtp.ts";

const open: ScriptedServer[] = [];
afterEach(async () => void (await Promise.all(open.splice(0).map((each) => each.close()))));

async function server(script: SmtpScript = {}): Promise<ScriptedServer> {
  const started = await startScriptedServer(script);
  open.push(started);
  return started;
}

const sender = "pay@tillway.example";
const smtp = (url: string, totalMs = 5_000) => createSmtp({ url, sender, limits: { connectMs: 300, totalMs } });

describe("a message by SMTP", () => {
  it("goes to its recipient alone, with both parts and an id that follows from the delivery", async () => {
    const mail = await server();
    const message = aMail({ settings: { replyTo: "help@chai.example" } });
    const result = await smtp(mail.url).send(message);
    expect(result).toMatchObject({ ok: true, statusCode: 250, response: "250 2.0.0 Ok: queued as 1", error: null, isPermanent: false });
    expect(mail.commands.filter((line) => /^(MAIL|RCPT)/.test(line))).toEqual([`MAIL FROM:<${sender}>`, "RCPT TO:<a@shopper.example>"]);
    const [text] = mail.taken;
    expect(text).toContain(`Message-ID: <${message.delivery.id}@tillway.example>`);
    expect(text).toContain("Reply-To: help@chai.example");
    expect(text).toContain("Auto-Submitted: auto-generated");
    expect(text).toMatch(/text\/plain[\s\S]*text\/html/);
    expect(text).not.toMatch(/^b?cc:/im);
  });

  it("is the same each time it is sent, but for the boundary between its parts", async () => {
    const mail = await server();
    const way = smtp(mail.url);
    await way.send(aMail());
    await way.send(aMail());
    const [first, second] = mail.taken.map((text) => text.replaceAll(/--_NmP-[\w-]+/g, "--b"));
    expect(first).toBe(second);
  });

  it("logs in where the URL says so, and a login that is refused is tried again", async () => {
    const mail = await server({ offers: ["AUTH PLAIN"] });
    const url = `smtp://me%40shop:p%23ss@127.0.0.1:${mail.port}`;
    expect(await smtp(url).send(aMail())).toMatchObject({ ok: true });
    const [, , secret] = mail.commands.find((line) => line.startsWith("AUTH"))!.split(" ");
    expect(Buffer.from(secret!, "base64").toString()).toBe("\0me@shop\0p#ss");
    mail.script = { offers: ["AUTH PLAIN"], says: { AUTH: "535 5.7.8 No" } };
    const refused = await smtp(url).send(aMail());
    expect(refused).toMatchObject({ ok: false, statusCode: 535, error: "login_refused", isPermanent: false });
    expect(JSON.stringify(refused)).not.toContain("p#ss");
  });

  it("does not say its password in the clear to another machine", async () => {
    const mail = await server({ offers: ["AUTH PLAIN"] });
    // Another name of this machine, which does not look like one.
    const result = await smtp(`smtp://me:secret@${hostname()}:${mail.port}`).send(aMail());
    expect(result).toMatchObject({ ok: false, isPermanent: false });
    expect(mail.commands.filter((line) => line.startsWith("AUTH"))).toEqual([]);
  });

  it.each([
    ["RCPT", "550 5.1.1 No such user", 550, true],
    ["MAIL", "553 5.7.1 Not yours to send from", 553, true],
    ["body", "554 5.6.0 Looks like spam", 554, true],
    ["DATA", "554 5.5.1 Not today", 554, true],
    ["RCPT", "450 4.2.1 Mailbox busy", 450, false],
    ["body", "452 4.3.1 Disk full", 452, false],
    ["connect", "554 5.7.1 Not with this address", 554, false],
    ["connect", "421 4.3.2 Going down", 421, false],
  ])("that %s answers with %s has that code, and is refused for good: %#", async (word, line, statusCode, isPermanent) => {
    const mail = await server({ says: { [word]: line } });
    const result = await smtp(mail.url).send(aMail());
    expect(result).toMatchObject({ ok: false, statusCode, isPermanent });
    expect(result.response).toContain(line.slice(4));
    expect(mail.taken).toEqual([]);
  });

  it.each(["connect", "MAIL", "RCPT", "DATA", "body"])("ends in time if the server is silent at %s", async (word) => {
    const mail = await server({ says: { [word]: null } });
    const startedAt = performance.now();
    expect(await smtp(mail.url, 500).send(aMail())).toMatchObject({ ok: false, statusCode: null, error: "timeout", isPermanent: false });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it("whose answer is lost may have arrived: it is not refused for good, and goes again under the same id", async () => {
    const mail = await server({ diesWithMessage: true });
    const way = smtp(mail.url);
    expect(await way.send(aMail())).toMatchObject({ ok: false, statusCode: null, isPermanent: false });
    mail.script = {};
    expect(await way.send(aMail())).toMatchObject({ ok: true });
    const ids = mail.taken.map((text) => /^Message-ID: (.*)$/m.exec(text)![1]);
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
  });

  it("says that nobody listens", async () => {
    const mail = await startScriptedServer();
    await mail.close();
    expect(await smtp(mail.url).send(aMail())).toMatchObject({ ok: false, error: "refused", isPermanent: false });
  });
});

describe("addresses beyond ASCII", () => {
  it("before the @ need SMTPUTF8: without it nothing is sent, for good", async () => {
    const mail = await server();
    const result = await smtp(mail.url).send(aMail({ to: "jürgen@shopper.example" }));
    expect(result).toMatchObject({ ok: false, statusCode: null, error: "no_smtputf8", isPermanent: true });
    expect(mail.commands.filter((line) => /^(MAIL|RCPT|DATA)/.test(line))).toEqual([]);
  });

  it("go as they are where the server offers it", async () => {
    const mail = await server({ offers: ["SMTPUTF8", "8BITMIME"] });
    expect(await smtp(mail.url).send(aMail({ to: "jürgen@shopper.example" }))).toMatchObject({ ok: true });
    expect(mail.commands).toContainEqual(expect.stringMatching(/^MAIL FROM:.* SMTPUTF8/));
    expect(mail.commands).toContain("RCPT TO:<jürgen@shopper.example>");
  });

  it("behind it are written in ASCII", async () => {
    const mail = await server();
    expect(await smtp(mail.url).send(aMail({ to: "a@bücher.example" }))).toMatchObject({ ok: true });
    expect(mail.commands).toContain("RCPT TO:<a@xn--bcher-kva.example>");
  });
});

describe("what merchants and shoppers write", () => {
  it.each(["a,b@x.in", "x:b@x.in;", "<a@x.in>"])("is one recipient, even %s, which no route takes", async (to) => {
    const mail = await server();
    await smtp(mail.url).send(aMail({ to }));
    const recipients = mail.commands.filter((line) => line.startsWith("RCPT"));
    expect(recipients.length).toBeLessThanOrEqual(1);
    expect(recipients.join()).not.toContain("TO:<b@x.in>");
  });

  it("makes no header", async () => {
    const mail = await server();
    const name = "Chai\r\nBcc: thief@x.in\r\n\r\nHello";
    await smtp(mail.url).send(aMail({ merchantName: name, settings: { fromName: null }, payment: { description: "a\r\nBcc: c@x.in" } }));
    expect(mail.commands.filter((line) => line.startsWith("RCPT"))).toHaveLength(1);
    const [headers] = mail.taken[0]!.split("\r\n\r\n");
    expect(headers).not.toMatch(/^bcc:/im);
  });
});
