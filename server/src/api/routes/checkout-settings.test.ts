import { expect, it } from "vitest";
import { World } from "../../../../test/support/flows/world.ts";
import { fakeApi, headers } from "../fakes.testing.ts";

const png = `data:image/png;base64,${Buffer.from("89504e470d0a1a0a00", "hex").toString("base64")}`;

function api() {
  const { settings } = new World().deps;
  const { checkoutSettings, putCheckoutSettings } = settings;
  const fakes = fakeApi();
  Object.assign(fakes.deps.flows.settings, { checkoutSettings, putCheckoutSettings });
  return async (method: "GET" | "PUT", payload?: object) => {
    const answer = await fakes.app.inject({ method, url: "/v1/checkout/settings", headers, ...(payload && { payload }) });
    return { status: answer.statusCode, json: answer.json() };
  };
}

it("settings are replaced as a whole, with colour and origins as browsers write them", async () => {
  const send = api();
  const none = { object: "checkout_settings", name: null, color: null, logo: null, origins: [] };
  expect((await send("GET")).json).toEqual(none);
  const origins = ["https://Shop.example", "https://shop.example:443", "http://localhost:5173"];
  const { status, json } = await send("PUT", { name: "Tea & Co", color: "#0B5CFF", logo: png, origins });
  const kept = { ...none, name: "Tea & Co", color: "#0b5cff", logo: png, origins: ["https://shop.example", "http://localhost:5173"] };
  expect([status, json]).toEqual([200, kept]);
  expect((await send("GET")).json).toEqual(kept);
  expect((await send("PUT", {})).json).toEqual(none);
});

it.each([
  ["color", "blue"],
  ["color", "#0b5cff; background: url(//evil.example)"],
  ["logo", "https://shop.example/logo.png"],
  ["logo", "data:image/svg+xml;base64,PHN2Zz4="],
  ["logo", `data:image/png;base64,${Buffer.from("<svg>").toString("base64")}`],
  ["logo", `data:image/png;base64,${Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(32_768)]).toString("base64")}`],
  ["name", "4242 4242 4242 4242"],
  ["origins", ["http://shop.example"]],
  ["origins", ["https://shop.example/cart"]],
  ["origins", ["https://shop.example/"]],
  ["origins", ["*"]],
  ["origins", ["https://*.shop.example"]],
  ["origins", ["https://a.example 'unsafe-inline'"]],
  ["origins", ["https://a.example; script-src *"]],
  ["origins", ["https://a.example;script-src"]],
  ["origins", ["javascript:alert(1)"]],
  ["origins", ["https://user@shop.example"]],
])("%s %j is refused, and nothing is kept", async (field, value) => {
  const send = api();
  const { status, json } = await send("PUT", { [field]: value });
  expect([status, json.error.code, json.error.param.split(/[.[]/)[0]]).toEqual([400, "invalid_field", field]);
  expect((await send("GET")).json).toMatchObject({ name: null, color: null, logo: null, origins: [] });
});
