import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bodyOf, fieldsOf, queryOf, readWords } from "./fields.ts";

const fields = fieldsOf("amount# currency card.number card.expiry_month# confirm? metadata{} events[]");

describe("a body", () => {
  it("is made of options: points lead into objects, signs say the type", () => {
    const options = {
      amount: "500",
      "card-number": "4242424242424242",
      "card-expiry-month": "12",
      confirm: "true",
      metadata: '{"a":"b"}',
      events: "payment.*,case.opened",
    };
    expect(bodyOf(fields, options)).toEqual({
      amount: 500,
      card: { number: "4242424242424242", expiry_month: 12 },
      confirm: true,
      metadata: { a: "b" },
      events: ["payment.*", "case.opened"],
    });
  });

  it("has a url of its own option, since --url is the address of Tillway", () => {
    const [url, ...rest] = fieldsOf("url description return_url");
    expect([url!.option, ...rest.map(({ option }) => option)]).toEqual(["endpoint-url", "description", "return-url"]);
    expect(bodyOf([url!], { "endpoint-url": "https://shop.example/hook", url: "http://localhost:8000" })).toEqual({
      url: "https://shop.example/hook",
    });
  });

  it("is what --data holds, with the options on top", () => {
    const directory = mkdtempSync(join(tmpdir(), "tillway fields "));
    const file = join(directory, "body.json");
    writeFileSync(file, '{"amount":1,"card":{"cvv":"123"},"note":"kept"}');
    expect(bodyOf(fields, { data: `@${file}`, amount: "2", "card-number": "4" })).toEqual({
      amount: 2,
      card: { cvv: "123", number: "4" },
      note: "kept",
    });
    rmSync(directory, { recursive: true });
  });

  it.each([
    [{ amount: "5.00" }, /--amount takes an integer/],
    [{ amount: "12345678901234567890" }, /--amount takes an integer/],
    [{ confirm: "yes" }, /--confirm takes true or false/],
    [{ metadata: "a=b" }, /--metadata takes JSON/],
    [{ data: "[1]" }, /--data takes a JSON object/],
  ])("is refused for %j", (options, message) => {
    expect(() => bodyOf(fields, options as Record<string, string>)).toThrow(message);
  });
});

it("a query has the API's names and encodes its values", () => {
  expect(queryOf(fieldsOf("order_id limit#"), { "order-id": "a&b", limit: "5" })).toBe("?order_id=a%26b&limit=5");
  expect(queryOf(fields, {})).toBe("");
});

describe("the words of a call", () => {
  const read = (...argv: string[]) => readWords(argv, ["amount", "capture-method"], ["json"], "tillway payments create");

  it("are options with values, flags and the rest, in any order", () => {
    expect(read("pay_1", "--amount=5", "--json", "--capture-method", "manual")).toEqual({
      options: { amount: "5", "capture-method": "manual" },
      flags: new Set(["json"]),
      words: ["pay_1"],
    });
  });

  it.each([
    [["--amout", "5"], /no option "amout"\. Did you mean --amount\? See: tillway payments create --help/],
    [["--capture_method", "manual"], /Did you mean --capture-method\?/],
    [["--zzz"], /no option "zzz"\. See:/],
    [["--amount"], /--amount takes a value/],
    [["--amount", "1", "--amount", "2"], /given twice/],
  ])("%j are refused", (argv, message) => {
    expect(() => read(...argv)).toThrow(message);
  });
});
