import { beforeAll, describe, expect, it } from "vitest";
import { World } from "../../../../test/support/flows/world.ts";
import { newKey } from "../../flows/setup/keys.ts";
import { scopes } from "../../core/permissions.ts";
import { fakeApi } from "../fakes.testing.ts";

type App = ReturnType<typeof fakeApi>["app"];
const scope = { merchantId: "mer_1", mode: "test" } as const;
const fixed = { amount: 50_000, currency: "INR" };

let app: App;
let headers: Record<string, string>;

beforeAll(async () => {
  const world = new World();
  const key = newKey(world.deps, scope, { name: "All", scopes });
  await world.storage.settings.createKey(key);
  headers = { "x-api-key": key.key, "x-api-secret": key.secret };
  ({ app } = fakeApi({ flows: world.deps, reads: world.storage.reads }));
});

const post = (payload: object, more: Record<string, string> = {}) =>
  app.inject({ method: "POST", url: "/v1/payment-links", headers: { ...headers, ...more }, payload });

describe("a link that can't be made is refused by the name of what is wrong", () => {
  const open = (of: object): object => ({ currency: "INR", open_amount: of });
  it.each<[what: string, body: object, code: string, param: string | undefined]>([
    ["no amount", { currency: "INR" }, "missing_field", "amount"],
    ["no currency", { amount: 1 }, "missing_field", "currency"],
    ["both amounts", { ...fixed, open_amount: {} }, "invalid_field", "open_amount"],
    ["an amount as text", { ...fixed, amount: "500" }, "invalid_amount", "amount"],
    ["an amount with a fraction", { ...fixed, amount: 1.5 }, "invalid_amount", "amount"],
    ["no amount of money", { ...fixed, amount: 0 }, "invalid_amount", "amount"],
    ["more than may be", { ...fixed, amount: 1_000_000_000_000 }, "invalid_amount", "amount"],
    ["a currency that is none", { ...fixed, currency: "XYZ" }, "invalid_currency", "currency"],
    ["small letters", { ...fixed, currency: "inr" }, "invalid_currency", "currency"],
    ["bounds the wrong way round", open({ minimum: 2, maximum: 1 }), "invalid_field", "open_amount.maximum"],
    ["a suggestion below", open({ minimum: 10, suggested: 9 }), "invalid_field", "open_amount.suggested"],
    ["a suggestion above", open({ maximum: 10, suggested: 11 }), "invalid_field", "open_amount.suggested"],
    ["a bound of nothing", open({ minimum: 0 }), "invalid_field", "open_amount.minimum"],
    ["a misspelt bound", open({ minimun: 1 }), "unknown_field", "open_amount.minimun"],
    ["no use at all", { ...fixed, uses: 0 }, "invalid_field", "uses"],
    ["half a use", { ...fixed, uses: 1.5 }, "invalid_field", "uses"],
    ["too many uses", { ...fixed, uses: 1_000_001 }, "invalid_field", "uses"],
    ["an end that is over", { ...fixed, expires_at: "2020-01-01T00:00:00Z" }, "invalid_field", "expires_at"],
    ["an end that is no time", { ...fixed, expires_at: "tomorrow" }, "invalid_field", "expires_at"],
    ["a day that no calendar has", { ...fixed, expires_at: "2035-02-30T25:00:00Z" }, "invalid_field", "expires_at"],
    ["an end with another zone", { ...fixed, expires_at: "2035-01-01T00:00:00+01:00" }, "invalid_field", "expires_at"],
    ["a method that there is not", { ...fixed, methods: ["cheque"] }, "invalid_field", "methods.0"],
    ["no method", { ...fixed, methods: [] }, "invalid_field", "methods"],
    ["a return URL of another kind", { ...fixed, return_url: "javascript:alert(1)" }, "invalid_url", "return_url"],
    ["a day that no calendar has", { ...fixed, expires_at: "2027-02-30T00:00:00Z" }, "invalid_field", "expires_at"],
    ["an empty description", { ...fixed, description: "" }, "invalid_field", "description"],
    ["a description too long", { ...fixed, description: "a".repeat(501) }, "invalid_field", "description"],
    ["a card number in the description", { ...fixed, description: "4242 4242 4242 4242" }, "invalid_field", "description"],
    ["a card number in metadata", { ...fixed, metadata: { note: "4242424242424242" } }, "invalid_field", "metadata.note"],
    ["a language that is none", { ...fixed, locale: 5 }, "invalid_field", "locale"],
    ["a misspelt field", { ...fixed, expire_at: "2035-01-01T00:00:00Z" }, "unknown_field", "expire_at"],
  ])("%s", async (_what, body, code, param) => {
    const answer = await post(body);
    const { error } = answer.json<{ error: { code: string; param?: string; message: string } }>();
    expect([answer.statusCode, error.code, error.param?.split("[")[0]]).toEqual([400, code, param]);
  });
});

describe("a link", () => {
  it("is made once per key, and its repeat has the same bytes", async () => {
    const first = await post(fixed, { "idempotency-key": "one" });
    const again = await post(fixed, { "idempotency-key": "one" });
    expect([first.statusCode, again.statusCode, again.body, again.headers["idempotent-replayed"]]).toEqual([201, 201, first.body, "true"]);
    expect((await post({ ...fixed, amount: 1 }, { "idempotency-key": "one" })).json().error.code).toBe("idempotency_mismatch");
  });

  it("keeps all that it was given", async () => {
    const given = {
      open_amount: { minimum: 100, maximum: 900, suggested: 500 },
      currency: "USD",
      description: "Donation",
      uses: 3,
      expires_at: "2035-01-31T12:00:00.000Z",
      methods: ["card"],
      locale: "hi",
      return_url: "https://shop.example/thanks",
      metadata: { campaign: "winter" },
    };
    const made = (await post({ ...given, methods: ["card", "card"] })).json();
    expect(made).toMatchObject({ ...given, status: "active", amount: null, times_paid: 0 });
    const shown = await app.inject({ url: `/v1/payment-links/${made.id}`, headers });
    expect(shown.json()).toEqual(made);
  });

  it("takes null for any number of uses, and no bounds at all", async () => {
    const made = (await post({ currency: "INR", open_amount: {}, uses: null })).json();
    expect(made).toMatchObject({ uses: null, open_amount: { minimum: null, maximum: null, suggested: null } });
  });
});

describe("deactivating", () => {
  it("is done once per key, and of what there is not it is 404", async () => {
    const { id } = (await post(fixed)).json();
    const off = (key: string) =>
      app.inject({
        method: "POST",
        url: `/v1/payment-links/${id}/deactivate`,
        headers: { ...headers, "idempotency-key": key },
        payload: {},
      });
    const [first, again] = [await off("a"), await off("a")];
    expect([first.statusCode, again.body, again.headers["idempotent-replayed"]]).toEqual([200, first.body, "true"]);
    expect((await off("b")).body).toBe(first.body);
    for (const other of ["plink_01KAJ0000000000000000000AB", "nonsense", "ord_01KAJ0000000000000000000AB"])
      expect((await app.inject({ method: "POST", url: `/v1/payment-links/${other}/deactivate`, headers, payload: {} })).statusCode).toBe(
        404,
      );
  });
});
