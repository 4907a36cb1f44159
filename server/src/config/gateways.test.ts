import { describe, expect, it } from "vitest";
import { configMarkdown, readConfig } from "../config.ts";
import { connectors } from "../connectors/index.ts";

describe("the variables of gateways", () => {
  it("are those that the table of connectors makes, with the gateways' own addresses", () => {
    expect(readConfig({}, "all").gateways).toEqual({
      razorpay: { baseUrl: "https://api.razorpay.com", switches: { UPI_COLLECT: false } },
      stripe: { baseUrl: "https://api.stripe.com", switches: {} },
    });
  });

  it("set another address, without the slash at its end, and switch on what is off", () => {
    const environment = { STRIPE_URL: "http://127.0.0.1:8002/", RAZORPAY_UPI_COLLECT: "true" };
    expect(readConfig(environment, "all").gateways).toMatchObject({
      razorpay: { baseUrl: "https://api.razorpay.com", switches: { UPI_COLLECT: true } },
      stripe: { baseUrl: "http://127.0.0.1:8002" },
    });
  });

  it("are refused by name if they are no address or no switch", () => {
    const environment = { STRIPE_URL: "stripe.example", RAZORPAY_UPI_COLLECT: "maybe" };
    expect(() => readConfig(environment, "all")).toThrow(/RAZORPAY_UPI_COLLECT is "maybe"[^]*STRIPE_URL is "stripe.example"/);
  });

  it("stand in the documentation, each once", () => {
    const text = configMarkdown();
    for (const [name, { url, switches = {} }] of Object.entries(connectors).filter(([, each]) => each.url !== undefined))
      for (const variable of [`${name.toUpperCase()}_URL`, ...Object.keys(switches).map((end) => `${name.toUpperCase()}_${end}`)])
        expect([variable, text.split(`| \`${variable}\` |`).length, text.includes(url!)]).toEqual([variable, 2, true]);
  });
});
