import { expect, it } from "vitest";
import { chooseLocale, directionOf, locales, sayIn, sentencesOf, type Key } from "./i18n.ts";
import english from "./locales/en.json";

const keys = Object.keys(english) as Key[];
const slots = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

it.each(locales)("%s has every sentence, with the same places for names and amounts", async (locale) => {
  const sentences = await sentencesOf(locale);
  expect(Object.keys(sentences)).toEqual(keys);
  for (const key of keys) expect([key, slots(sentences[key])]).toEqual([key, slots(english[key])]);
});

it.each(locales.filter((locale) => !locale.startsWith("en")))(
  "%s is not English: what need not be translated are names",
  async (locale) => {
    const sentences = await sentencesOf(locale);
    const same = keys.filter((key) => sentences[key] === english[key]);
    expect(same.filter((key) => !["method.upi", "total", "netbanking.bank", "card.expiry_hint", "upi.vpa"].includes(key))).toEqual([]);
  },
);

it.each(locales)("%s tells nobody that a card is suspected, lost or stolen: who tries cards out would learn from it", async (locale) => {
  const sentences = await sentencesOf(locale);
  const plain = (["fraud_suspected", "lost_card", "stolen_card"] as const).map((code) => sentences[`decline.${code}`]);
  expect(new Set(plain).size).toBe(1);
});

it("shows by the pseudo-locale what is not translated or does not fit: all of it is longer, and marked", async () => {
  const pseudo = await sentencesOf("en-XA");
  for (const key of keys) {
    expect(pseudo[key]).toMatch(/^\[.*~\]$/s);
    expect(pseudo[key].length).toBeGreaterThan(english[key].length * 1.3);
  }
});

it.each([
  [["hi-IN"], "hi"],
  [["pt-BR", "en"], "pt"],
  [["EN-xa"], "en-XA"],
  [[null, "zh-Hans-CN"], "zh"],
  [["tlh", "fr"], "fr"],
  [["tlh"], "en"],
  [[], "en"],
])("of %j the page speaks %s", (wanted, locale) => {
  expect(chooseLocale(wanted)).toBe(locale);
});

it("runs from right to left in Arabic alone", () => {
  expect(locales.filter((locale) => directionOf(locale) === "rtl")).toEqual(["ar"]);
});

it("puts values where a sentence names them, as they are", () => {
  expect(sayIn(english)("pay", { amount: "$& {amount}" })).toBe("Pay $& {amount}");
});
