import { expect, test } from "vitest";
import { moneyCheck } from "../../scripts/check/money.mjs";
import { lines, plant } from "./planted.ts";

const home = { "server/src/core/money.ts": "export const half = (amount: number) => amount / 2;\n" };

test.each([
  ["parseFloat", `export const read = (text: string) => parseFloat(text);`, "reads a fraction with parseFloat"],
  ["Number.parseFloat", `export const read = (text: string) => Number.parseFloat(text);`, "reads a fraction with parseFloat"],
  ["a division", `export const major = (row: { amountCaptured: number }) => row.amountCaptured / 100;`, "divides an amount"],
  ["a division in place", `export function f(amount: number) { amount /= 100; return amount; }`, "divides an amount"],
  ["a division that leaves another rest out", `export const f = (amount: number) => (amount - (amount % 10)) / 100;`, "divides an amount"],
  ["a power", `export const f = (wire: number) => 10 ** wire;`, "divides an amount, or raises"],
  ["a fraction of it", `export const fee = (amount: number) => amount * 0.02;`, "calculates with an amount and a fraction"],
  ["rounding", `export const f = (amount: number, rate: number) => Math.round(amount * rate);`, "rounds an amount"],
  ["toFixed", `export const f = (refundReserved: number) => refundReserved.toFixed(2);`, "turns an amount into text with toFixed"],
  ["a text made a number", `export const f = (amount: string) => Number(amount) / 100;`, "divides an amount"],
  ["Intl", `export const f = (n: number) => new Intl.NumberFormat("en").format(n);`, "shows a number by Intl"],
])("money: %s is named", async (_name, text, message) => {
  const found = lines(await moneyCheck.run(plant({ ...home, "server/src/flows/a.ts": `// first line\n${text}\n` })));
  expect(found).toEqual([expect.stringContaining(`server/src/flows/a.ts:2 ${message}`)]);
});

test("money: sums, comparisons, whole quotients, counts of amounts, times and tests pass, and money.ts converts", async () => {
  const fine = [
    "export const left = (captured: number, refunded: number) => captured - refunded;",
    "export const twice = (amount: number) => amount * 2;",
    "export const pages = (amounts: readonly number[]) => amounts.length / 10;",
    "export const rupees = (amount: number) => (amount - (amount % 100)) / 100;",
    "export const seconds = (tookMs: number) => (tookMs / 1000).toFixed(1);",
  ];
  const root = plant({
    ...home,
    "server/src/a.ts": fine.join("\n"),
    "server/src/a.test.ts": "export const f = (amount: number) => amount / 2;\n",
  });
  expect(lines(await moneyCheck.run(root))).toEqual([]);
});

test("money: a tree without core/money.ts is a broken check, not a good one", async () => {
  await expect(moneyCheck.run(plant({ "server/src/a.ts": "export const a = 1;\n" }))).rejects.toThrow("core/money.ts");
});
