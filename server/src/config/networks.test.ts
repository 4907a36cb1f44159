import { describe, expect, it } from "vitest";
import { privateNetworks, proxies } from "./variables.ts";

describe("the networks that webhooks may be sent to (U8)", () => {
  it.each<[string, readonly string[]]>([
    ["10.0.0.0/8", ["10.0.0.0/8"]],
    ["10.20.0.0/16, fd00::/8", ["10.20.0.0/16", "fd00::/8"]],
    ["192.168.7.9/32,172.31.0.0/16,100.64.0.0/10", ["192.168.7.9/32", "172.31.0.0/16", "100.64.0.0/10"]],
  ])("may be %s", (text, expected) => {
    expect(privateNetworks(text)).toEqual(expected);
  });

  it.each([
    "0.0.0.0/0",
    "10.0.0.0/7",
    "8.8.8.0/24",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.32.0.0/16",
    "::/0",
    "fe80::/10",
    "2000::/3",
    "::ffff:10.0.0.0/104",
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0/8",
    "10.0.0.0/8,",
    "shop.internal/8",
  ])("may not be %s", (text) => {
    expect(privateNetworks(text)).toBeUndefined();
  });
});

describe("the proxies that are believed", () => {
  it.each<[string, readonly string[]]>([
    ["127.0.0.1", ["127.0.0.1"]],
    ["10.0.0.0/8, ::1, fd00::/16", ["10.0.0.0/8", "::1", "fd00::/16"]],
    ["203.0.113.7,198.51.100.0/24", ["203.0.113.7", "198.51.100.0/24"]],
  ])("may be %s", (text, expected) => {
    expect(proxies(text)).toEqual(expected);
  });

  it.each(["0.0.0.0/0", "10.0.0.0/7", "::/0", "fd00::/15", "10.0.0.0/33", "10.0.0/8", "proxy.internal", "127.0.0.1,", "*", "true", "1"])(
    "may not be %s",
    (text) => {
      expect(proxies(text)).toBeUndefined();
    },
  );
});
