/** The page of kept e-mails shows what shoppers were told: who may see it, and what a message may do there. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildEmailsPage } from "../../../scripts/site/emails.mjs";
import { writeFiles } from "../../../scripts/site/write.mjs";
import type { Scope } from "../core/model.ts";
import type { Actor } from "../core/ports/settings.ts";
import type { CapturedEmail } from "../core/ports/mail.ts";
import { linkTokens } from "../dashboard/links.ts";
import { fakeApi, headers, merchant } from "./fakes.testing.ts";
import { mailboxKeys } from "./mailbox.ts";

const keys = mailboxKeys(new Uint8Array(32).fill(5));
const mine = { merchantId: "mer_01KAJ0000000000000000000AB", mode: "test" } as const;
const strangers: readonly Scope[] = [
  { merchantId: "mer_01KAJ0000000000000000000CD", mode: "test" },
  { ...mine, mode: "live" },
];

function email(scope: Scope, deliveryId: string, subject: string): CapturedEmail {
  const addresses = { from: "Shop <pay@tillway.example>", to: "a@shopper.example", replyTo: null };
  return { ...scope, deliveryId, ...addresses, subject, text: "Thanks", html: "<p>Thanks</p>", capturedAt: 0 };
}

const one = "dlv_01KAJ0000000000000000000AB";
const all = [email(mine, one, "mine"), ...strangers.map((scope) => email(scope, "dlv_01KAJ0000000000000000000CD", "theirs"))];
const of = (scope: Scope) => all.filter(({ merchantId, mode }) => merchantId === scope.merchantId && mode === scope.mode);
const capture = {
  keep: async () => undefined,
  kept: async (scope: Scope) => of(scope),
  keptOne: async (scope: Scope, id: string) => of(scope).find(({ deliveryId }) => deliveryId === id) ?? null,
};

let pageFolder: string;
const page = buildEmailsPage();
beforeAll(async () => {
  pageFolder = join(await mkdtemp(join(tmpdir(), "emails-page-")), "page");
  writeFiles(page, pageFolder, { inputs: "", notFound: "/emails" });
});
afterAll(() => rm(join(pageFolder, ".."), { recursive: true }));

const opened = () => fakeApi({ deps: { emails: { capture, keys, pageFolder } } });
const kept = (app: ReturnType<typeof opened>["app"], key: string) => app.inject({ url: "/emails/kept", headers: { "x-mailbox-key": key } });

describe("the page of kept e-mails", () => {
  it("is served with a policy that lets nothing in, and holds nothing of anybody", async () => {
    const { app } = opened();
    for (const [url, { body }] of page) {
      const answer = await app.inject(url);
      expect([url, answer.statusCode, answer.body]).toEqual([url, 200, body]);
      expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(answer.headers["content-security-policy"]).toMatch(/frame-ancestors 'none'.*require-trusted-types-for 'script'/);
      expect(answer.headers["content-security-policy"]).not.toMatch(/unsafe|https?:|\*/);
    }
  });

  it("shows a merchant's e-mails to the key that follows from this merchant and mode, and to no other", async () => {
    const { app } = opened();
    const subjects = async (key: string) =>
      (await kept(app, key)).json<{ data: { subject: string }[] }>().data.map(({ subject }) => subject);
    expect(await subjects(keys.of(mine))).toEqual(["mine"]);
    for (const scope of strangers) expect(await subjects(keys.of(scope))).toEqual(["theirs"]);
    const right = keys.of(mine);
    const forged = [
      "",
      right.slice(0, -1),
      `${right}A`,
      right.replace(mine.merchantId, strangers[0]!.merchantId),
      right.replace(".test.", ".live."),
      keys.ofOne(mine, one),
      mailboxKeys(new Uint8Array(32).fill(6)).of(mine),
    ];
    for (const key of forged) expect([key, (await kept(app, key)).statusCode]).toEqual([key, 401]);
    // A key of the API opens the API: what a browser sends by itself opens nothing here.
    expect((await app.inject({ url: "/emails/kept", headers })).statusCode).toBe(401);
    expect(
      (await app.inject({ url: `/emails/kept?x-mailbox-key=${right}`, headers: { cookie: `x-mailbox-key=${right}` } })).statusCode,
    ).toBe(401);
  });

  it("lets no other site read it: there is no answer to the browser's question whether it may", async () => {
    const { app } = opened();
    const asked = {
      origin: "https://thief.example",
      "access-control-request-method": "GET",
      "access-control-request-headers": "x-mailbox-key",
    };
    const preflight = await app.inject({ method: "OPTIONS", url: "/emails/kept", headers: asked });
    const answer = await app.inject({ url: "/emails/kept", headers: { origin: asked.origin, "x-mailbox-key": keys.of(mine) } });
    expect(preflight.statusCode).toBe(405);
    for (const each of [preflight, answer]) expect(each.headers).not.toHaveProperty("access-control-allow-origin");
    expect(answer.headers).toMatchObject({ "cache-control": "no-store", "cross-origin-resource-policy": "same-origin" });
  });

  it("shows a message's HTML by a key for this one, to a frame of its own page, where it may do nothing", async () => {
    const { app } = opened();
    const url = (await kept(app, keys.of(mine))).json<{ data: { html_url: string }[] }>().data[0]!.html_url;
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.body, answer.headers["content-type"]]).toEqual([200, "<p>Thanks</p>", "text/html; charset=utf-8"]);
    const policy = String(answer.headers["content-security-policy"]);
    expect(policy).toMatch(/^sandbox; default-src 'none';.*frame-ancestors 'self'$/);
    expect(policy).not.toMatch(/allow-|script-src|https?:|\*/);
    expect(answer.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer" });
    const wrong = [
      keys.of(mine),
      keys.ofOne(strangers[0]!, one),
      keys.ofOne(mine, "dlv_01KAJ0000000000000000000CD"),
      `${url.slice(13, -1)}_`,
    ];
    for (const key of wrong) expect([key, (await app.inject(`/emails/html/${key}`)).statusCode]).toEqual([key, 404]);
  });

  it("opens nobody's account: of a letter to a person no link is shown, but to owners that of an invitation", async () => {
    const links = linkTokens(new Uint8Array(32).fill(7));
    const [reset, invitation] = [links.of("rst_01KAJ0000000000000000000AB"), links.of("inv_01KAJ0000000000000000000AB")];
    const text = [reset, invitation].map((token) => `Open https://dash.example/page#${token}\n`).join("");
    const letter = { ...email(mine, one, "A new password"), text, html: text.replaceAll(/https\S+/g, '<a href="$&">$&</a>') };
    const emails = { capture: { ...capture, kept: async () => [letter], keptOne: async () => letter }, keys, pageFolder };
    const { app } = fakeApi({ deps: { emails } });
    const listed = async (person: Actor["person"]): Promise<string> => {
      const { app, keys: known } = fakeApi({ deps: { emails } });
      known.set("pk_test_1 sk_test_1", { ...merchant, ...mine, person });
      return (await app.inject({ url: "/v1/test/emails", headers })).body;
    };
    const who = { id: "per_1", email: "p@people.example" };
    const shown = {
      key: await listed(null),
      readOnly: await listed({ ...who, role: "read_only", isConfirmed: true }),
      admin: await listed({ ...who, role: "admin", isConfirmed: true }),
      page: (await kept(app, keys.of(mine))).body,
      html: (await app.inject(`/emails/html/${keys.ofOne(mine, one)}`)).body,
    };
    for (const [place, body] of Object.entries(shown))
      expect([place, body.includes(reset), body.includes(invitation), body.includes("_hidden")]).toEqual([place, false, false, true]);
    const owners = await listed({ ...who, role: "owner", isConfirmed: true });
    expect([owners.includes(reset), owners.split(invitation).length - 1]).toEqual([false, 3]);
  });

  it("has for each listed e-mail the address of its HTML, which opens that one and runs nothing", async () => {
    const { app, keys: known } = opened();
    known.set("pk_test_1 sk_test_1", { ...merchant, ...mine });
    const [listed] = (await app.inject({ url: "/v1/test/emails", headers })).json().data as { html_url: string }[];
    const answer = await app.inject(listed!.html_url);
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(String(answer.headers["content-security-policy"])).toMatch(/^sandbox; default-src 'none';/);
  });

  it("is named to whoever has an API key that may read settings, with the key behind #, which no log has", async () => {
    const { app, log, keys: known } = opened();
    known.set("pk_test_1 sk_test_1", { ...merchant, ...mine });
    const answer = await app.inject({ url: "/v1/test/emails/page", headers });
    expect(answer.json()).toEqual({ object: "test_emails_page", url: `https://pay.example/emails#${keys.of(mine)}` });
    expect((await app.inject("/v1/test/emails/page")).statusCode).toBe(401);
    await kept(app, keys.of(mine));
    await app.inject(`/emails/html/${keys.ofOne(mine, one)}`);
    const seals = [keys.of(mine), keys.ofOne(mine, one)].map((key) => key.slice(key.lastIndexOf(".") + 1));
    expect(log.length).toBeGreaterThan(3);
    for (const seal of seals) expect(JSON.stringify(log)).not.toContain(seal);
  });

  it("is not there where e-mails are sent", async () => {
    const { app } = fakeApi();
    for (const url of ["/emails", "/emails/kept", `/emails/html/${keys.ofOne(mine, one)}`, "/v1/test/emails", "/v1/test/emails/page"])
      expect([url, (await app.inject({ url, headers: { ...headers, "x-mailbox-key": keys.of(mine) } })).statusCode]).toEqual([url, 404]);
    // And says where to look instead: whoever asks has read of these routes.
    for (const url of ["/emails", "/v1/test/emails", "/v1/test/emails/page"])
      expect((await app.inject({ url, headers })).json().error).toMatchObject({
        code: "route_not_found",
        message: expect.stringMatching(/SMTP_URL.*\/v1\/deliveries/),
      });
  });
});
