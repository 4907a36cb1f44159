import { Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { checkAddresses, checkWebhookUrl, isAllowedAddress, networkList } from "./guard.ts";
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

describe("the addresses of a connection", () => {
  const judged = (addresses: string[], allowLoopback = false) => {
    try {
      checkAddresses({ allowLoopback })("merchant.example", addresses);
      return "allowed";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it("are allowed if all of them are public", () => {
    expect(judged(["2606:4700::1111", "8.8.8.8"])).toBe("allowed");
  });

  it.each([
    ["first", ["10.0.0.1", "8.8.8.8"]],
    ["last", ["8.8.8.8", "169.254.169.254"]],
    ["mapped", ["8.8.8.8", "::ffff:10.0.0.1"]],
  ])("are refused as a whole if one among them is forbidden (%s)", (_where, addresses) => {
    expect(judged(addresses)).toBe("TILLWAY_BLOCKED_ADDRESS");
  });
});

describe("networks that the operator opened (U8)", () => {
  const options = { allowLoopback: false, allowedNetworks: networkList(["10.20.0.0/16", "fd00::/8", "100.64.0.0/10"]) };

  it.each(["10.20.3.4", "[fd12::1]", "[::ffff:10.20.3.4]", "100.64.0.7", "8.8.8.8"])("let webhooks through to %s", (host) => {
    expect(checkWebhookUrl(`http://${host}/hook`, options)).toEqual({ ok: true });
    expect(isAllowedAddress(host.replace(/[[\]]/g, ""), options)).toBe(true);
  });

  it.each(["10.21.0.1", "192.168.1.1", "[fc00::1]", "127.0.0.1", "169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "[fe80::1]"])(
    "and not to %s: another network, this machine, or a cloud's credentials",
    (host) => {
      expect(checkWebhookUrl(`http://${host}/hook`, options).ok).toBe(false);
      expect(isAllowedAddress(host.replace(/[[\]]/g, ""), options)).toBe(false);
    },
  );

  it("are named in the refusal, so that an operator finds the setting", () => {
    expect(checkWebhookUrl("http://10.1.2.3/", { allowLoopback: true })).toMatchObject({
      reason: expect.stringContaining("WEBHOOK_ALLOWED_NETWORKS") as string,
    });
  });
});

describe("sending", () => {
  it("to any spelling of a forbidden host, of which there are more than 60, opens no connection at all (security row 4)", async () => {
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
        resolve: async () => [address],
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
    const resolve = async () => [answers[asked++]!];
    const out = createWebhookChannel({ allowLoopback: true, version: "1", resolve });
    const url = `http://merchant.example:${merchant.port}/`;
    expect(await out.send(aMessage(url))).toMatchObject({ ok: true, statusCode: 200 });
    expect(await out.send(aMessage(url))).toMatchObject({ ok: false, error: "blocked_address" });
    expect(await out.send(aMessage(url))).toMatchObject({ ok: false, error: "blocked_address" });
    expect(merchant.connections()).toBe(1);
    expect(merchant.received[0]!.headers.host).toBe(`merchant.example:${merchant.port}`);
    await Promise.all([out.close(), merchant.close()]);
  });

  it("reveals nothing about the addresses of our network in its result", async () => {
    const out = createWebhookChannel({ allowLoopback: false, version: "1", resolve: async () => ["10.1.2.3"] });
    expect(JSON.stringify(await out.send(aMessage("http://merchant.example/")))).not.toContain("10.1.2.3");
    await out.close();
  });
});
