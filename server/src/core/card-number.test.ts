import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { cardNetwork, cardNumbersIn, hideCardNumbers, holdsCardNumber, isCardNumber, readCardNumber } from "./card-number.ts";

/** What this text looks like in the digits that begin at `zero`. */
const inScript = (zero: number, text: string): string => text.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

describe("a card number in a text", () => {
  it.each<[how: string, text: string, hidden: string]>([
    ["whole", "paid with 4242424242424242 today", "paid with [card number] today"],
    ["in groups", "4242 4242 4242 4242", "[card number]"],
    ["with hyphens", "4242-4242-4242-4242", "[card number]"],
    ["with dots", "5555.5555.5555.4444", "[card number]"],
    ["with underscores", "4242_4242_4242_4242", "[card number]"],
    ["with slashes", "4242/4242/4242/4242", "[card number]"],
    ["with commas", "4242,4242,4242,4242", "[card number]"],
    ["with colons", "4242:4242:4242:4242", "[card number]"],
    ["with pluses, as forms send them", "number=4242+4242+4242+4242&x=1", "number=[card number]&x=1"],
    ["escaped as in a URL", "n=4242%204242%204242%204242", "n=[card number]"],
    ["with escaped hyphens", "4242%2D4242%2d4242%2D4242", "[card number]"],
    ["with two spaces", "4242  4242  4242  4242", "[card number]"],
    ["with spaced hyphens", "4242 - 4242 - 4242 - 4242", "[card number]"],
    ["with tabs", "4242\t4242\t4242\t4242", "[card number]"],
    ["over lines", "4242\n4242\n4242\n4242", "[card number]"],
    ["with no-break spaces", "4242\u00a04242\u00a04242\u00a04242", "[card number]"],
    ["with en dashes", "4242\u20134242\u20134242\u20134242", "[card number]"],
    ["with zero-width spaces at the groups", "4242\u200b4242\u200b4242\u200b4242", "[card number]"],
    ["with zero-width spaces anywhere", "42\u200b4242\u200b4\u200b242424242", "[card number]"],
    ["with a zero-width joiner beside a space", "4242\u200d 4242 \u200d4242 4242", "[card number]"],
    ["in full-width digits", inScript(0xff10, "4242 4242 4242 4242"), "[card number]"],
    ["in Arabic digits", inScript(0x660, "4242424242424242"), "[card number]"],
    ["in Devanagari digits", inScript(0x966, "card 4242 4242 4242 4242."), "card [card number]."],
    ["in bold mathematical digits", inScript(0x1d7ce, "4242424242424242"), "[card number]"],
    ["in digits of two scripts", `${inScript(0x660, "4242")} 4242 4242 4242`, "[card number]"],
    ["digit by digit", "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "[card number]"],
    ["in two halves", "42424242 42424242", "[card number]"],
    ["escaped to the last digit", `n=${"%34%32%34%32".repeat(4)}&x=1`, "n=[card number]&x=1"],
    ["in base64", `token=${btoa("4242424242424242")} end`, "token=[card number]== end"],
    ["in base64 of other text, one byte further", `${btoa("a4242424242424242,")} end`, "[card number] end"],
    ["in base64 of other text, two bytes further", `${btoa("ab4242424242424242")} end`, "[card number] end"],
    ["in base64 of American Express, beside it whole", `378282246310005 ${btoa("378282246310005")}`, "[card number] [card number]"],
    ["American Express in its groups", "3782 822463 10005", "[card number]"],
    ["American Express in one", "378282246310005", "[card number]"],
    ["Diners in its groups", "3056 930902 5904", "[card number]"],
    ["19 digits, six and thirteen", "621762 0000000000004", "[card number]"],
    ["19 digits in fours", "6217 6200 0000 0000 004", "[card number]"],
    ["inside a short word", "x4242424242424242y", "x[card number]y"],
    ["before other digits", "4111 1111 1111 1111 12", "[card number] 12"],
    ["behind other digits", "12 4242 4242 4242 4242", "12 [card number]"],
    ["with its date", "4242424242424242 12/28", "[card number] 12/28"],
    ["twice", "378282246310005 and 5555555555554444", "[card number] and [card number]"],
    ["twice in one run", "4242424242424242 5555555555554444", "[card number] [card number]"],
    ["between random ids", "0f8fad5b-d9cb-469f-a165-70867728950e 4242424242424242", "0f8fad5b-d9cb-469f-a165-70867728950e [card number]"],
  ])("is seen %s", (_how, text, hidden) => {
    expect(holdsCardNumber(text)).toBe(true);
    expect(hideCardNumbers(text)).toBe(hidden);
  });

  it.each<[what: string, text: string]>([
    ["nothing", ""],
    ["a time in milliseconds", "1763696103007"],
    ["another time in milliseconds", "1763640000006"],
    ["a time in nanoseconds", "1763696103007000002"],
    ["a date and time", "2026-11-21 04:15:39.123"],
    ["two dates and times", "2026-11-21T12:00:00.000Z 2026-11-21T12:00:01.000Z"],
    ["an invoice number", "INV-2026-000123456789"],
    ["a phone number", "+91 98765 43210"],
    ["twelve digits", "424242424240"],
    ["twenty digits", "42424242424242424242"],
    ["more digits than any card has", "49291234567812360000000"],
    ["a number with a wrong check digit", "4242424242424241"],
    ["a number of no issuer", "0000000000000000"],
    ["a list of amounts", "4000, 5000, 6000, 7000"],
    ["a list of four numbers that would pass if it were one", "4242, 4242, 4242, 4242"],
    ["a list of three numbers that would pass", "55555 55555 54444"],
    ["a list of pairs that would pass", "42 42 42 42 42 42 42 42"],
    ["groups too far from each other", "4242    4242    4242    4242"],
    ["a UUID whose digits pass", "12345678-4242-4242-4242-424200000000"],
    ["a UUID that ends in them", "550e8400-e29b-41d4-a716-446655440000"],
    ["a SHA-256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c4242424242424242ff"],
    ["an id of ours", "pay_01K4242424242424242ABCDEF"],
    ["an amount", "amount 999999999999"],
    ["a word between", "order 4929 of 12345678"],
  ])("is not seen in %s", (_what, text) => {
    expect(cardNumbersIn(text)).toEqual([]);
    expect(hideCardNumbers(text)).toBe(text);
  });

  it("is found at its place, in UTF-16 units, also behind characters that take two", () => {
    const text = "😀 4242 4242 4242 4242!";
    const [place] = cardNumbersIn(text);
    expect(text.slice(place!.start, place!.end)).toBe("4242 4242 4242 4242");
  });

  it("is looked for in bounded time, whatever the text", () => {
    const started = process.cpuUsage();
    for (const unit of ["4 ", "4", "1234-", "4242 ", "1%20", "4,", "a4242424242424", "\u200b4", "x".repeat(30)])
      holdsCardNumber(unit.repeat(40_000 / unit.length));
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});

describe("numbers of each length and network", () => {
  it.each([
    "4111111111111111",
    "4012888888881881",
    "4917610000000000003",
    "5105105105105100",
    "2223003122003222",
    "2720990000000007",
    "371449635398431",
    "30569309025904",
    "38520000023237",
    "6011000990139424",
    "3530111333300000",
    "6304000000000000",
    "6759649826438453",
    "6217620000000000004",
    "6074849200004917",
    "6528000000000000",
    "2200000000000004",
    "9792030000000000",
    "8600000000000007",
  ])("%s is a card number, and not with another last digit", (digits) => {
    expect(isCardNumber(digits)).toBe(true);
    expect(isCardNumber(digits.slice(0, -1) + ((Number(digits.at(-1)) + 1) % 10))).toBe(false);
  });
});

/** With the check digit that makes it pass. */
function withCheckDigit(body: string): string {
  return Array.from({ length: 10 }, (_, check) => `${body}${check}`).find((digits) => readCardNumber(digits) !== null)!;
}

describe("the check digit", () => {
  it("tells one wrong digit and one exchange of neighbours, but 09 and 90", () => {
    const right = "4242424242424242";
    expect(readCardNumber(right)).toBe(right);
    for (const wrong of ["4242424242424243", "2442424242424242", "4242424242424224"]) expect(readCardNumber(wrong)).toBeNull();
    expect(readCardNumber(withCheckDigit("400000000000091").replace("09", "90"))).not.toBeNull();
  });
});

describe("numbers of other kinds, though their check digit is right", () => {
  it.each<[what: string, text: string]>([
    ["an IMEI", "490154203237518"],
    ["IMEIs of other makers", "356938035643809 867686021998454 990000862471854 520044011234561"],
    ["an EAN of 13 digits", "4006381333931"],
    ["an order id of 13 digits", "4222222222222"],
    ["an order id of 13 digits that begins like Maestro", withCheckDigit("630400000000")],
    ["an account number of 14 digits", withCheckDigit("5010012345678")],
    ["an account number of 15 digits", withCheckDigit("62170012345678")],
    ["an account number of 17 digits", withCheckDigit("5010012345678901")],
    ["an account number of 18 digits", withCheckDigit("40110001001234567")],
    ["a telephone number with a prefix of 00", withCheckDigit("00491751234567")],
    ["a telephone number of 14 digits", withCheckDigit("4917512345678")],
  ])("%s is no card number: its prefix has other lengths (R21)", (_what, text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });

  it("no IMEI is one, whatever its maker (R21)", () => {
    const makers = ["01", "35", "44", "45", "49", "50", "51", "52", "53", "54", "86", "91", "98", "99"];
    for (const maker of makers)
      for (let n = 0; n < 50; n++) expect(holdsCardNumber(withCheckDigit(`${maker}${String(n * 7_919 + 1e11)}`.slice(0, 14)))).toBe(false);
  });
});

describe("a card number as it is typed", () => {
  it.each<[how: string, text: string]>([
    ["spaces and hyphens", "4111 1111-1111 1111"],
    ["no-break blanks", "4111\u00a01111\u00a01111\u202f1111"],
    ["tabs and a line end", "\t4111\t1111\t1111\t1111\n"],
    ["full-width digits", inScript(0xff10, "4111111111111111")],
    ["full-width digits and blanks", inScript(0xff10, "4111\u30001111\u30001111\u30001111")],
    ["Arabic digits", inScript(0x660, "4111111111111111")],
    ["dots, en dashes and a byte order mark", "\ufeff4111.1111\u20131111\u22121111"],
  ])("is read without its %s (R23)", (_how, text) => {
    expect(readCardNumber(text)).toBe("4111111111111111");
  });

  it.each(["", "4111", "4111111111111112", "4111111111111111x", "4111 1111 1111 1111 1111 1111", "①①①①"])("is none in %j", (text) => {
    expect(readCardNumber(text)).toBeNull();
  });
});

describe("any card number", () => {
  const kind = fc.constantFrom(
    ["4", 16],
    ["4", 19],
    ["51", 16],
    ["2221", 16],
    ["34", 15],
    ["36", 14],
    ["60", 16],
    ["62", 18],
    ["9792", 16],
  );
  const cardNumber = fc
    .tuple(kind, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 18, maxLength: 18 }))
    .map(([[prefix, length], rest]) => withCheckDigit(`${prefix}${rest.join("")}`.slice(0, Number(length) - 1)));
  const before = fc.constantFrom("", " ", "x", ": ", '"', " 7 ", "\n", ".", "12/", "{");
  const behind = fc.constantFrom("", " ", "y", ".", " 12", "/28", "&", "}");

  it("is hidden in any text around it, in any script", () => {
    fc.assert(
      fc.property(cardNumber, before, behind, fc.constantFrom(0x30, 0x660, 0x966, 0xff10), (digits, left, right, zero) => {
        const number = inScript(zero, digits);
        expect(hideCardNumbers(`${left}${number}${right}`)).not.toContain(number);
      }),
    );
  });
});

describe("networks", () => {
  it.each([
    ["4111111111111111", "visa"],
    ["5105105105105100", "mastercard"],
    ["2221000000000009", "mastercard"],
    ["2720990000000007", "mastercard"],
    ["2220990000000000", "unknown"],
    ["2721000000000000", "unknown"],
    ["378282246310005", "amex"],
    ["6521111111111117", "rupay"],
    ["8171111111111111", "rupay"],
    ["5081111111111111", "rupay"],
    ["30569309025904", "unknown"],
  ])("%s is %s", (digits, network) => {
    expect(cardNetwork(digits)).toBe(network);
  });
});
