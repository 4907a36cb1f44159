import { describe, expect, it } from "vitest";
import { isLinkToken, LINK_TOKEN_CHARS, linkStatus, linkToken, whyNotAmount, type UsedLink } from "./payment-links.ts";

const NOW = 1_000_000;
const link: UsedLink = {
  merchantId: "mer_1",
  mode: "test",
  id: "plink_1",
  token: "0".repeat(20),
  amount: 500,
  currency: "INR",
  minAmount: null,
  maxAmount: null,
  suggestedAmount: null,
  description: null,
  uses: null,
  methods: null,
  returnUrl: null,
  locale: null,
  metadata: {},
  expiresAt: null,
  deactivatedAt: null,
  createdAt: 0,
  timesPaid: 0,
};

it.each<[what: string, over: Partial<UsedLink>, status: string]>([
  ["nothing ends it", { timesPaid: 1_000 }, "active"],
  ["one use is left", { uses: 2, timesPaid: 1 }, "active"],
  ["all uses are paid", { uses: 2, timesPaid: 2 }, "used_up"],
  ["its last millisecond", { expiresAt: NOW + 1 }, "active"],
  ["its time is over", { expiresAt: NOW }, "expired"],
  ["paid, and its time is over: that it was paid is the news", { uses: 1, timesPaid: 1, expiresAt: NOW - 1 }, "used_up"],
  ["deactivated, whatever else", { uses: 1, timesPaid: 1, expiresAt: NOW - 1, deactivatedAt: NOW - 2 }, "deactivated"],
])("the status where %s", (_what, over, status) => {
  expect(linkStatus({ ...link, ...over }, NOW)).toBe(status);
});

describe("an amount", () => {
  const open = { ...link, amount: null, minAmount: 100, maxAmount: 900 };
  it.each<[of: UsedLink, amount: number, why: string | null]>([
    [link, 500, null],
    [link, 499, "fixed"],
    [open, 100, null],
    [open, 99, "too_small"],
    [open, 900, null],
    [open, 901, "too_large"],
    [{ ...open, minAmount: null }, 1, null],
    [{ ...open, maxAmount: null }, 999_999_999_999, null],
  ])("of %o: %i is %s", (of, amount, why) => {
    expect(whyNotAmount(of, amount)).toBe(why);
  });
});

it("a token is made of random bytes alone, and of letters that nobody mistakes", () => {
  const token = linkToken(Uint8Array.from({ length: LINK_TOKEN_CHARS }, (_, n) => n * 13));
  expect([token.length, isLinkToken(token)]).toEqual([20, true]);
  expect(linkToken(new Uint8Array(LINK_TOKEN_CHARS))).toBe("0".repeat(20));
  const all = Array.from({ length: 256 }, (_, byte) => linkToken(Uint8Array.of(byte)));
  expect([new Set(all).size, all.join("")]).toEqual([32, expect.not.stringMatching(/[ilou]/)]);
});

it.each(["", "0".repeat(19), "0".repeat(21), `${"0".repeat(19)}i`, `${"0".repeat(19)}A`, `${"0".repeat(20)}\n`])(
  "%j is no token",
  (text) => {
    expect(isLinkToken(text)).toBe(false);
  },
);
