import { Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { checkWebhookUrl, guardedLookup, isAllowedAddress } from "./guard.ts";
import type { Resolve } from "./guard.ts";
import { aMessage, startReceiver } from "./receiver.testing.ts";
import { createWebhookChannel } from "./send.ts";

/** Hosts that must never be reached, as they may be written in a URL. */
const LOOPBACK_HOSTS = [
  "127.0.0.1",
  "127.1",
  "127.0.1",
  "127.255.255.254",
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "0x7f.0x0.0x0.0x1",
  "0177.0.0.1",
  "017700000001",
  "127.0.0.1.",
  "127。0。0。1",
  "①②⑦.0.0.1",
  "%31%32%37.0.0.1",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "app.localhost",
  "a.b.localhost.",
  "ⓛocalhost",
];
const FORBIDDEN_HOSTS = [
  "0.0.0.0",
  "0",
  "0.1.2.3",
  "[::]",
  "10.0.0.1",
  "10.255.255.255",
  "167772161",
  "0xa000001",
  "012.0.0.1",
  "100.64.0.1",
  "100.100.100.200",
  "100.127.255.255",
  "169.254.169.254",
  "169.254.170.2",
  "2852039166",
  "0xa9fea9fe",
  "0251.0376.0251.0376",
  "169.16689662",
  "168.63.129.16",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.0.1",
  "192.168.65535",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.7",
  "203.0.113.9",
  "224.0.0.1",
  "239.255.255.250",
  "240.0.0.1",
  "255.255.255.255",
  "4294967295",
  "[::ffff:10.0.0.1]",
  "[::ffff:169.254.169.254]",
  "[::ffff:a9fe:a9fe]",
  "[::169.254.169.254]",
  "[::7f00:1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::169.254.169.254]",
  "[64:ff9b::7f00:1]",
  "[64:ff9b::8.8.8.8]",
  "[64:ff9b:1::1]",
  "[2002:7f00:1::]",
  "[2002:a9fe:a9fe::1]",
  "[2001::1]",
  "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
  "[2001:10::1]",
  "[2001:db8::1]",
  "[3fff::1]",
  "[5f00::1]",
  "[100::1]",
  "[fc00::1]",
  "[fd00:ec2::254]",
  "[fd12:3456:789a::1]",
  "[fe80::1]",
  "[febf::1]",
  "[fec0::1]",
  "[ff02::1]",
  "[ff0e::1]",
];
const FORBIDDEN_URLS = [
  "http://user@example.com/",
  "http://user:pass@example.com/",
  "http://:pass@example.com/",
  "http://example.com@169.254.169.254/",
  "http://[fe80::1%25eth0]/",
  "http://[fe80::1%eth0]/",
  "http://[::1%25lo]/",
  "http://example.com\\@127.0.0.1/",
  "http:\\\\127.0.0.1\\",
  "ftp://example.com/",
  "file:///etc/passwd",
  "gopher://127.0.0.1:6379/_x",
  "data:text/plain,x",
  "javascript:alert(1)",
  "//example.com/",
  "example.com",
  "",
  "http://",
  "https://.",
  "http://exa mple.com/",
  "http://example.com/\r\nx-evil: 1",
  "\thttp://example.com/",
  "http://127.0.0.1:70000/",
  "http://256.1.1.1/",
  "http://1.2.3.4.5/",
  "http://0x100000000/",
  `http://example.com/${"x".repeat(2_048)}`,
];

afterEach(() => vi.restoreAllMocks());

describe("the check of a webhook URL", () => {
  it.each(LOOPBACK_HOSTS)("refuses %s, which is this machine, unless loopback is allowed", (host) => {
    expect(checkWebhookUrl(`http://${host}/hook`, { allowLoopback: false })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/\.$/),
    });
    expect(checkWebhookUrl(`http://${host}:8080/hook`, { allowLoopback: true })).toEqual({ ok: true });
  });

  it.each(FORBIDDEN_HOSTS)("refuses %s, allowed loopback or not", (host) => {
    expect(checkWebhookUrl(`http://${host}/hook`, { allowLoopback: false }).ok).toBe(false);
    expect(checkWebhookUrl(`https://${host}:8443/hook`, { allowLoopback: true }).ok).toBe(false);
  });

  it.each(FORBIDDEN_URLS)("refuses %j", (url) => {
    expect(checkWebhookUrl(url, { allowLoopback: true }).ok).toBe(false);
  });

  it.each([
    "https://example.com/hooks?x=1",
    "http://example.com:8080/",
    "https://example.com:22/",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://172.32.0.1/",
    "https://172.15.255.255/",
    "https://100.63.255.255/",
    "https://100.128.0.1/",
    "https://[::ffff:8.8.8.8]/",
    "https://münchen.example/",
    "https://localhost.example.com/",
    "https://notlocalhost/",
    "https://[2001:200::1]/",
  ])("allows %s", (url) => {
    expect(checkWebhookUrl(url, { allowLoopback: false })).toEqual({ ok: true });
  });

  it("never repeats the URL in its reason: it may carry a password", () => {
    const verdict = checkWebhookUrl("https://user:hunter2@example.com/", { allowLoopback: false });
    expect(JSON.stringify(verdict)).not.toContain("hunter2");
  });
});

describe("an address", () => {
  it.each(["", "localhost", "127.1", "0x7f.1", "fe80::1%eth0", "2606:4700::1111%eth0", "1.2.3.4/24", "[::1]", " 8.8.8.8"])(
    "that is no plain IP address is refused: %j",
    (address) => {
      expect(isAllowedAddress(address, { allowLoopback: true })).toBe(false);
    },
  );
});

describe("the lookup of a connection", () => {
  const look = (resolve: Resolve, all: boolean, allowLoopback = false) =>
    new Promise((done) => {
      guardedLookup({ allowLoopback, resolve })("merchant.example", { all }, (error, address, family) => done(error ?? [address, family]));
    });

  it("hands on all addresses, or the first one, as it is asked to", async () => {
    const resolve: Resolve = async () => [
      { address: "2606:4700::1111", family: 6 },
      { address: "8.8.8.8", family: 4 },
    ];
    expect(await look(resolve, true)).toEqual([
      [
        { address: "2606:4700::1111", family: 6 },
        { address: "8.8.8.8", family: 4 },
      ],
      undefined,
    ]);
    expect(await look(resolve, false)).toEqual(["2606:4700::1111", 6]);
  });

  it.each([
    ["first", ["10.0.0.1", "8.8.8.8"]],
    ["last", ["8.8.8.8", "169.254.169.254"]],
    ["mapped", ["8.8.8.8", "::ffff:10.0.0.1"]],
  ])("refuses a name with one forbidden address among allowed ones (%s)", async (_where, addresses) => {
    const resolve: Resolve = async () => addresses.map((address) => ({ address, family: 4 }));
    expect(await look(resolve, true)).toMatchObject({ code: "TILLWAY_BLOCKED_ADDRESS" });
    expect(await look(resolve, false)).toMatchObject({ code: "TILLWAY_BLOCKED_ADDRESS" });
  });

  it("judges a name by the answer that the connection uses: public first, private then", async () => {
    const answers = ["8.8.8.8", "127.0.0.1"];
    const resolve: Resolve = async () => [{ address: answers.shift()!, family: 4 }];
    expect(await look(resolve, false)).toEqual(["8.8.8.8", 4]);
    expect(await look(resolve, false)).toMatchObject({ code: "TILLWAY_BLOCKED_ADDRESS" });
  });
});

describe("sending", () => {
  it("to any spelling of a forbidden host opens no connection at all", async () => {
    const victim = await startReceiver((response) => response.end());
    const connect = vi.spyOn(Socket.prototype, "connect");
    const out = createWebhookChannel({ allowLoopback: false, version: "1" });
    const urls = [...LOOPBACK_HOSTS, ...FORBIDDEN_HOSTS].map((host) => `http://${host}:${victim.port}/`).concat(FORBIDDEN_URLS);
    expect(urls.length).toBeGreaterThanOrEqual(60);
    for (const url of urls)
      expect(await out.send(aMessage(url)), url).toMatchObject({ ok: false, statusCode: null, error: "blocked_address" });
    expect(connect).not.toHaveBeenCalled();
    expect(victim.connections()).toBe(0);
    await Promise.all([out.close(), victim.close()]);
  });

  it.each(["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fd00::1", "64:ff9b::7f00:1", "0.0.0.0"])(
    "to a name that leads to %s opens no connection",
    async (address) => {
      const victim = await startReceiver((response) => response.end());
      const out = createWebhookChannel({
        allowLoopback: false,
        version: "1",
        resolve: async () => [{ address, family: address.includes(":") ? 6 : 4 }],
      });
      for (const scheme of ["http", "https"]) {
        expect(await out.send(aMessage(`${scheme}://merchant.example:${victim.port}/`))).toMatchObject({
          ok: false,
          error: "blocked_address",
        });
      }
      expect(victim.connections()).toBe(0);
      await Promise.all([out.close(), victim.close()]);
    },
  );

  it("asks the name again for each new connection, so a rebound name is blocked at the next try", async () => {
    const merchant = await startReceiver((response) => response.setHeader("connection", "close").end());
    const answers = ["127.0.0.1", "10.0.0.1", "169.254.169.254"];
    let asked = 0;
    const resolve: Resolve = async () => [{ address: answers[asked++]!, family: 4 }];
    const out = createWebhookChannel({ allowLoopback: true, version: "1", resolve });
    const url = `http://merchant.example:${merchant.port}/`;
    expect(await out.send(aMessage(url))).toMatchObject({ ok: true, statusCode: 200 });
    expect(await out.send(aMessage(url))).toMatchObject({ ok: false, error: "blocked_address" });
    expect(await out.send(aMessage(url))).toMatchObject({ ok: false, error: "blocked_address" });
    expect(merchant.connections()).toBe(1);
    expect(merchant.received[0]!.headers.host).toBe(`merchant.example:${merchant.port}`);
    await Promise.all([out.close(), merchant.close()]);
  });

  it("says nothing about the addresses of our network in its result", async () => {
    const out = createWebhookChannel({ allowLoopback: false, version: "1", resolve: async () => [{ address: "10.1.2.3", family: 4 }] });
    expect(JSON.stringify(await out.send(aMessage("http://merchant.example/")))).not.toContain("10.1.2.3");
    await out.close();
  });
});
