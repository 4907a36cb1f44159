import qs from "qs";
import { describe, expect, it } from "vitest";
import { parseForm } from "./form.ts";

describe("a form with brackets", () => {
  it.each([
    "",
    "amount=100&currency=inr",
    "metadata[a]=1&metadata[b c]=2&description=a+b%26c",
    "metadata%5Ba%5D=1",
    "expand[0]=latest_charge&expand[1]=customer",
    "expand[]=latest_charge&expand[]=customer",
    "card[number]=4242&card[exp_month]=1",
    "shipping[address][line1]=x&shipping[name]=y",
    "created[gte]=1&created[lt]=2&limit=3",
    "description=",
  ])("is read as others read it: %s", (text) => {
    const plain = JSON.parse(JSON.stringify(parseForm(text))) as unknown;
    expect(plain).toEqual(qs.parse(text, { depth: 10, arrayLimit: 200 }));
  });

  it("keeps metadata a hash, whatever its keys are", () => {
    expect(JSON.stringify(parseForm("metadata[0]=a&metadata[1]=b"))).toBe('{"metadata":{"0":"a","1":"b"}}');
    expect(JSON.stringify(parseForm("metadata[__proto__]=a&metadata[constructor]=b"))).toBe(
      '{"metadata":{"__proto__":"a","constructor":"b"}}',
    );
  });

  it.each([
    "a=1&a=2",
    "a[b]=1&a[b]=2",
    "a=1&a[b]=2",
    "a[b]=1&a=2",
    "a[b=1",
    "[a]=1",
    "a[b]c=1",
    `a${"[b]".repeat(9)}=1`,
    "a=1&".repeat(501),
  ])("that is none is refused: %s", (text) => {
    expect(parseForm(text)).toBeNull();
  });
});
