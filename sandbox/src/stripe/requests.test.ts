import { describe, expect, it } from "vitest";
import { RETURN_URL, stripeDesk } from "./desk.testing.ts";

const intents = "/v1/payment_intents";
const basic = { amount: 4_500, currency: "inr" };
const key = (name: string) => ({ "idempotency-key": name });

describe("an idempotency key", () => {
  it("is answered the same again, marked, and is charged once", async () => {
    const { ask, far } = stripeDesk();
    const params = { ...basic, confirm: true, payment_method: "pm_card_visa", return_url: RETURN_URL, "metadata[tillway_key]": "k" };
    const first = await ask("POST", intents, params, key("k"));
    const reversed = Object.fromEntries(Object.entries(params).toReversed());
    const second = await ask("POST", intents, reversed, key("k"));
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(first.headers).not.toHaveProperty("idempotent-replayed");
    expect(second.headers).toMatchObject({
      "idempotent-replayed": "true",
      "original-request": first.headers["request-id"],
      "idempotency-key": "k",
    });
    expect(far.books()).toMatchObject([{ key: "k", captured: 4_500 }]);
  });

  it("with other parameters or another endpoint is refused, and the first answer stays", async () => {
    const { ask } = stripeDesk();
    const first = await ask("POST", intents, basic, key("k"));
    const other = await ask("POST", intents, { ...basic, amount: 9_000 }, key("k"));
    expect([other.status, other.json.error]).toMatchObject(
      [400, { type: "idempotency_error", message: /same parameters/ }].map((one) =>
        typeof one === "object" ? { type: "idempotency_error" } : one,
      ),
    );
    const elsewhere = await ask("POST", `${intents}/${String(first.json["id"])}/cancel`, {}, key("k"));
    expect(elsewhere.json.error).toMatchObject({ type: "idempotency_error" });
    expect((await ask("POST", intents, basic, key("k"))).body).toBe(first.body);
  });

  it("is forgotten after 24 hours", async () => {
    const { ask, clock } = stripeDesk();
    const first = await ask("POST", intents, basic, key("k"));
    await clock.advance(24 * 3_600_000 - 1);
    expect((await ask("POST", intents, basic, key("k"))).json["id"]).toBe(first.json["id"]);
    await clock.advance(1);
    expect((await ask("POST", intents, basic, key("k"))).json["id"]).not.toBe(first.json["id"]);
  });

  it.each<[string, Record<string, string | number>, number]>([
    ["a parameter is missing", { currency: "inr" }, 400],
    ["an amount is too small", { ...basic, amount: 1 }, 400],
    ["the payment method is unknown", { ...basic, payment_method: "pm_none" }, 404],
  ])("is still free after a refusal because %s", async (_, params, status) => {
    const { ask } = stripeDesk();
    expect((await ask("POST", intents, params, key("k"))).status).toBe(status);
    expect((await ask("POST", intents, basic, key("k"))).status).toBe(200);
  });

  it("keeps a decline and a refusal because of the state", async () => {
    const { ask, pay } = stripeDesk();
    const declined = { ...basic, confirm: true, payment_method: "pm_card_visa_chargeDeclined", return_url: RETURN_URL };
    for (const replayed of [undefined, "true"]) {
      const { status, headers } = await ask("POST", intents, declined, key("d"));
      expect([status, headers["idempotent-replayed"]]).toEqual([402, replayed]);
    }
    const path = `${intents}/${String((await pay("pm_card_visa")).json["id"])}/capture`;
    for (const replayed of [undefined, "true"]) {
      const { status, headers } = await ask("POST", path, {}, key("c"));
      expect([status, headers["idempotent-replayed"]]).toEqual([400, replayed]);
    }
  });

  it("is in use while its first request runs, and the intent is locked for others", async () => {
    const { ask, clock, far } = stripeDesk();
    const { json } = await ask("POST", intents, { ...basic, payment_method: "pm_card_visa", "metadata[tillway_key]": "k" });
    const path = `${intents}/${String(json["id"])}`;
    const confirm = () => ask("POST", `${path}/confirm`, { return_url: RETURN_URL }, key("k"));
    far.setFaults([{ name: "delay", delayMs: 3_000 }]);
    expect(await confirm()).toMatchObject({ status: 200, delayMs: 3_000 });
    expect((await confirm()).json.error).toMatchObject({ type: "idempotency_error", code: "idempotency_key_in_use" });
    expect([(await confirm()).status, (await ask("POST", `${path}/cancel`)).status]).toEqual([409, 429]);
    expect((await ask("POST", `${path}/cancel`)).json.error).toMatchObject({ code: "lock_timeout" });
    await clock.advance(3_000);
    expect(await confirm()).toMatchObject({ status: 200, headers: { "idempotent-replayed": "true" } });
    expect(far.book("k")).toMatchObject({ captured: 4_500, charges: [{}] });
  });
});

describe("a fault", () => {
  const params = { ...basic, confirm: true, return_url: RETURN_URL, "metadata[tillway_key]": "k" };
  it.each([
    ["timeout-before", { connection: "silent" }, 0, 200],
    ["timeout-after", { connection: "silent" }, 4_500, 200],
    ["reset-before", { connection: "reset" }, 0, 200],
    ["reset-after", { connection: "reset" }, 4_500, 200],
    ["cut-after", { connection: "cut", status: 200 }, 4_500, 200],
    ["error-before", { status: 500, headers: { "stripe-should-retry": "true" } }, 0, 200],
    ["error-after", { status: 500, headers: { "stripe-should-retry": "false" } }, 4_500, 500],
    ["html-after", { status: 502, headers: { "content-type": "text/html" } }, 4_500, 200],
    ["throttled", { status: 429, headers: { "retry-after": "1" } }, 0, 200],
    ["unavailable", { status: 503 }, 0, 200],
    ["lock-timeout", { status: 429 }, 0, 200],
    ["key-in-use", { status: 409 }, 0, 200],
  ] as const)(
    "%s, by rule or by token, shows as it would, charges or not, and the same request again ends in one charge",
    async (name, shown, taken, again) => {
      for (const isToken of [false, true]) {
        const { ask, far } = stripeDesk({ faults: isToken ? [] : [{ name, method: "POST", path: intents }] });
        const paid = { ...params, payment_method: isToken ? `pm_sim_fault_${name.replaceAll("-", "_")}` : "pm_card_visa" };
        expect(await ask("POST", intents, paid, key("k"))).toMatchObject(shown);
        expect(far.book("k")?.captured ?? 0).toBe(taken);
        expect((await ask("POST", intents, paid, key("k"))).status).toBe(again);
        expect(far.books()).toMatchObject([{ captured: 4_500, charges: [{}] }]);
        expect(far.calls().map(({ fault }) => fault)).toEqual([name, null]);
      }
    },
  );

  it("is set and used up over the control path, and strikes what fits", async () => {
    const { ask, far } = stripeDesk();
    const set = (body: string) => far.handle({ method: "POST", path: "/_faults", headers: {}, body });
    expect(
      (
        await set(
          JSON.stringify([
            { name: "throttled", path: "/refunds" },
            { name: "unavailable", body: "9000", times: 2 },
          ]),
        )
      ).status,
    ).toBe(200);
    const statuses = [];
    for (const amount of [9_000, 4_500, 9_000, 9_000]) statuses.push((await ask("POST", intents, { ...basic, amount })).status);
    expect(statuses).toEqual([503, 200, 503, 200]);
    expect((await ask("GET", "/v1/refunds")).status).toBe(429);
    for (const wrong of ["{}", "[{}]", '[{"name":"throttled","rate":2}]', '[{"name":"slow"}]', '[{"name":"delay","delayMs":-1}]', "x"])
      expect((await set(wrong)).status).toBe(400);
  });
});

describe("a rate of faults", () => {
  it("strikes that share of the requests, the same ones under the same seed, until it is taken back", async () => {
    const struck = async (seed: string) => {
      const { ask, far } = stripeDesk({ faults: [{ name: "unavailable", rate: 0.3, seed }] });
      const statuses = [];
      for (let n = 0; n < 60; n++) statuses.push((await ask("GET", "/v1/balance")).status);
      far.setFaults([]);
      expect((await ask("GET", "/v1/balance")).status).toBe(200);
      return statuses.join();
    };
    const [one, again, other] = [await struck("1"), await struck("1"), await struck("2")];
    expect([one === again, one === other]).toEqual([true, false]);
    expect(one.split("503").length - 1).toBeGreaterThan(8);
    expect(one.split("503").length - 1).toBeLessThan(30);
  });
});

describe("a request", () => {
  it.each<[string, Record<string, string | number>, Record<string, unknown>]>([
    ["an unknown parameter", { payment_method_types: "card" }, { code: "parameter_unknown", param: "payment_method_types" }],
    ["no whole amount", { amount: "10.5" }, { code: "parameter_invalid_integer", param: "amount" }],
    ["an unknown word", { capture_method: "later" }, { param: "capture_method" }],
    ["no boolean", { confirm: "yes" }, { param: "confirm" }],
    ["a long description", { description: "x".repeat(1_001) }, { param: "description" }],
    ["a long statement descriptor", { statement_descriptor_suffix: "x".repeat(23) }, { param: "statement_descriptor_suffix" }],
    ["a long key of metadata", { [`metadata[${"k".repeat(41)}]`]: "1" }, { param: "metadata" }],
    ["a long value of metadata", { "metadata[k]": "v".repeat(501) }, { param: "metadata[k]" }],
    ["51 keys of metadata", Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`metadata[k${n}]`, "1"])), { param: "metadata" }],
    ["nothing to expand", { "expand[0]": "latest_charges" }, { param: "expand" }],
    ["a way back without a confirm", { return_url: RETURN_URL }, { param: "return_url" }],
    ["a confirm without a method", { confirm: "true", return_url: RETURN_URL }, { code: "parameter_missing" }],
    [
      "a confirm without a way back",
      { confirm: "true", payment_method: "pm_card_visa" },
      { message: expect.stringContaining("return_url") },
    ],
    ["a customer who is not there", { customer: "cus_1" }, { code: "resource_missing" }],
  ])("with %s is refused", async (_, params, error) => {
    const { ask, far } = stripeDesk();
    const { status, json } = await ask("POST", intents, { ...basic, ...params });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(json.error).toMatchObject({ type: "invalid_request_error", ...error });
    expect(far.books()).toEqual([]);
  });

  it("at the limits is taken", async () => {
    const { ask } = stripeDesk();
    const metadata = Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => [`metadata[${"k".repeat(38)}${n}]`.slice(0, 50), "v".repeat(500)]),
    );
    const limits = { description: "x".repeat(1_000), statement_descriptor_suffix: "x".repeat(22), amount: 99_999_999 };
    const { status, json } = await ask("POST", intents, { ...basic, ...metadata, ...limits });
    expect([status, Object.keys(json["metadata"] as object).length]).toEqual([200, 50]);
  });

  it("keeps metadata under any key, and none without a value", async () => {
    const { ask } = stripeDesk();
    const { json } = await ask("POST", intents, { ...basic, "metadata[__proto__]": "a", "metadata[7]": "b", "metadata[none]": "" });
    expect(Object.entries(json["metadata"] as object)).toEqual([
      ["7", "b"],
      ["__proto__", "a"],
    ]);
  });

  it.each([
    ["usd", 49, "amount_too_small"],
    ["usd", 50, null],
    ["usd", 100_000_000, "amount_too_large"],
    ["jpy", 50, null],
    ["mga", 100, null],
    ["bhd", 1_235, "amount"],
    ["bhd", 1_230, null],
    ["kwd", 10, null],
    ["isk", 550, "amount"],
    ["isk", 500, null],
    ["ugx", 5, "amount"],
    ["ugx", 500, null],
    ["huf", 17_500, null],
    ["huf", 17_499, "amount_too_small"],
    ["clp", 123, null],
    ["iqd", 1_000, "currency"],
    ["xyz", 1_000, "currency"],
  ])("in %s of %d: refused by %s", async (currency, amount, refusal) => {
    const { ask } = stripeDesk();
    const { status, json } = await ask("POST", intents, { amount, currency });
    expect(status).toBe(refusal === null ? 200 : 400);
    if (refusal !== null) expect([json.error?.["code"], json.error?.["param"]]).toContain(refusal);
  });

  it("needs the right key, version and address", async () => {
    const { ask } = stripeDesk();
    expect((await ask("GET", "/v1/balance", {}, { authorization: "Bearer sk_test_other" })).status).toBe(401);
    expect((await ask("GET", "/v1/balance", {}, { authorization: "" })).status).toBe(401);
    const basicAuth = `Basic ${Buffer.from("sk_test_tillway_far_side:").toString("base64")}`;
    expect((await ask("GET", "/v1/balance", {}, { authorization: basicAuth })).status).toBe(200);
    expect((await ask("GET", "/v1/balance", {}, { "stripe-version": "2026-10-28" })).status).toBe(400);
    expect((await ask("GET", "/v1/balance", {}, { "stripe-version": "2026-10-28.endive" })).status).toBe(200);
    expect((await ask("GET", "/v1/payments")).json.error).toMatchObject({ message: expect.stringContaining("Unrecognized request URL") });
    expect((await ask("POST", intents, basic, { "content-type": "application/json" })).status).toBe(400);
  });
});

describe("a search", () => {
  it("is behind by the time that was set, and a retrieve is not", async () => {
    const { ask, clock } = stripeDesk({ searchLagMs: 60_000 });
    const { json } = await ask("POST", intents, { ...basic, "metadata[tillway_key]": "k" });
    const find = async (query: string) => ((await ask("GET", `${intents}/search`, { query })).json["data"] as unknown[]).length;
    expect(await find("metadata['tillway_key']:'k'")).toBe(0);
    expect((await ask("GET", `${intents}/${String(json["id"])}`)).status).toBe(200);
    await clock.advance(60_000);
    expect(await find("metadata['tillway_key']:'k'")).toBe(1);
    expect(await find("metadata['tillway_key']:'k' AND status:'succeeded'")).toBe(0);
    expect(await find("metadata['tillway_key']:'other'")).toBe(0);
    expect((await ask("GET", `${intents}/search`, { query: "tillway_key=k" })).status).toBe(400);
  });
});
