/** A payment method that only this test has: one entry of the table, and requests, routing, the gateway and answers know it. */
import { Compile } from "typebox/compile";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { scope } from "../../../test/support/flows/rows.ts";
import { World } from "../../../test/support/flows/world.ts";
import type { MethodEntry } from "../core/methods/entry.ts";
import type { methodTable as realTable } from "../core/methods/table.ts";
import { explanationOf } from "../core/timeline.ts";
import { scopes } from "../core/permissions.ts";
import { newKey } from "../flows/setup/keys.ts";
import { ask } from "./documented.testing.ts";
import { fakeApi } from "./fakes.testing.ts";
import { methodConditions, methodFields } from "./schemas/method.ts";

const voucher = vi.hoisted(
  () =>
    ({
      label: "Voucher",
      fields: {
        code: { label: "Code", type: "text", isRequired: true, pattern: "^V-[0-9]{4,20}$", help: "V- and digits.", example: "V-1234" },
        shop: { label: "Shop", type: "text", isRequired: false, maxLength: 8, help: "Where it was bought.", example: "Pune" },
      },
      keeps: "fields",
      actions: { redirect: "sign for the voucher" },
      declined: "bank_declined",
    }) satisfies MethodEntry,
);
vi.mock("../core/methods/table.ts", async (original) => {
  const { methodTable } = await original<{ methodTable: typeof realTable }>();
  return { methodTable: { ...methodTable, voucher } };
});

const good = { amount: 1_000, currency: "INR", method: "voucher", voucher: { code: "V-1234" } };

let world: World;
let as: (method: "GET" | "PUT" | "POST", path: string, payload?: object) => ReturnType<typeof ask>;

beforeEach(async () => {
  world = new World();
  world.gateway.capabilities = { ...world.gateway.capabilities, methods: ["voucher" as never] };
  const key = newKey(world.deps, scope, { name: "First", scopes });
  await world.deps.settings.createKey(key);
  const { app } = fakeApi({ flows: world.deps, reads: world.storage.reads });
  const headers = { "x-api-key": key.key, "x-api-secret": key.secret };
  as = (method, path, payload) => ask(app, { method, url: `/v1/${path}`, headers, ...(payload && { payload }) });
});

describe("a method that is one entry of the table", () => {
  it("goes from the request over routing to the gateway, and back into the answer", async () => {
    const sent: unknown[] = [];
    world.gateway.next("send", ({ method }) => {
      sent.push(method);
      return { kind: "requires_action", reference: "ch_1", nextAction: { type: "redirect", url: "https://sign.example" } };
    });
    await as("PUT", "routing-rules", {
      rules: [{ name: "Vouchers", when: { methods: ["voucher"] }, accounts: [[...world.tables.accounts.keys()][0]] }],
    });
    const { id } = (await as("POST", "payments", good)).json();
    await world.work();
    expect(sent).toEqual([{ type: "voucher", code: "V-1234", shop: null }]);
    const shown = (await as("GET", `payments/${id}`)).json();
    expect(shown).toMatchObject({
      method: "voucher",
      voucher: { code: "V-1234" },
      next_action: { type: "redirect", url: "https://sign.example" },
      attempts: [{ routing: { rule: "Vouchers" } }],
    });
    expect(Object.keys(shown.voucher)).toEqual(["code"]);
    const payment = world.tables.payments.values().next().value!;
    expect(explanationOf({ payment, attempts: [], refunds: [], cases: [] })).toMatch(/^The shopper must sign for the voucher of/);
  });

  it.each<[what: string, body: object, code: string, param: string, message: RegExp]>([
    ["no field", { ...good, voucher: undefined }, "missing_field", "voucher", /needs voucher: \{"code": …\}\.$/],
    ["an empty field", { ...good, voucher: {} }, "missing_field", "voucher.code", /is required/],
    ["a value that does not fit", { ...good, voucher: { code: "1234" } }, "invalid_field", "voucher.code", /V- and digits\.$/],
    ["a card number", { ...good, voucher: { code: "V-4111111111111111" } }, "invalid_field", "voucher.code", /card number/],
    ["a text too long", { ...good, voucher: { code: "V-1234", shop: "Bengaluru" } }, "invalid_field", "voucher.shop", /at most 8/],
    ["a number", { ...good, voucher: { code: 1 } }, "invalid_field", "voucher.code", /type string/],
    ["a field too many", { ...good, voucher: { code: "V-1234", pin: "1" } }, "unknown_field", "voucher.pin", /not known/],
    ["its field without the method", { ...good, method: undefined }, "missing_field", "method", /Add method: "voucher"/],
    ["another method's field", { ...good, upi: { vpa: "a@b" } }, "invalid_field", "upi", /does not go with method "voucher"/],
    ["its field beside another method", { ...good, method: "upi", upi: { vpa: "a@b" } }, "invalid_field", "voucher", /with method "upi"/],
  ])("with %s is refused by name", async (_what, body, code, param, message) => {
    const { error } = (await as("POST", "payments", body)).json();
    expect(error).toMatchObject({ code, param, message: expect.stringMatching(message) });
  });

  it("is refused before an attempt if no gateway takes it", async () => {
    world.gateway.capabilities = { ...world.gateway.capabilities, methods: ["card"] };
    const { error } = (await as("POST", "payments", good)).json();
    expect(error).toMatchObject({ code: "unsupported_method", message: expect.stringMatching(/it takes no voucher\./) });
  });

  it("is refused before an attempt if every gateway that takes it lacks the value, and an account that has it is found", async () => {
    const choices = { voucher: { code: { "V-1111": "The first" } } } as never;
    world.gateway.capabilities = { ...world.gateway.capabilities, choices };
    const { error } = (await as("POST", "payments", good)).json();
    expect(error).toMatchObject({ code: "unsupported_method", message: expect.stringMatching(/it knows no code V-1234/) });
    expect((await as("POST", "payments", { ...good, voucher: { code: "V-1111" } })).statusCode).toBe(201);
  });

  it("is shown to whoever makes a form", async () => {
    const { data } = (await as("GET", "payment-methods")).json();
    expect(data).toEqual([
      {
        type: "voucher",
        object: "payment_method",
        label: "Voucher",
        fields: [
          {
            name: "code",
            label: "Code",
            type: "text",
            is_secret: false,
            pattern: "^V-[0-9]{4,20}$",
            help: "V- and digits.",
            placeholder: "V-1234",
          },
          { name: "shop", label: "Shop", type: "text", is_secret: false, max_length: 8, help: "Where it was bought.", placeholder: "Pune" },
        ],
        next_actions: ["redirect"],
        accounts: [{ id: [...world.tables.accounts.keys()][0], connector: world.gateway.name, forms: [["code"]] }],
      },
    ]);
  });

  it.each([
    [{}, true],
    [{ method: "voucher", voucher: { code: "V-1" } }, false],
    [{ method: "voucher", voucher: { code: "V-1234" } }, true],
    [{ method: "voucher" }, false],
    [{ method: "voucher", voucher: {} }, false],
    [{ voucher: { code: "V-1234" } }, false],
    [{ method: "voucher", voucher: { code: "V-1234" }, upi: {} }, false],
    [{ method: "upi", upi: {}, voucher: { code: "V-1234" } }, false],
    [{ method: "card", card: { token: "tok_visa" } }, true],
  ])("is in the document's schema: %j", (body, isValid) => {
    const schema = { type: "object", properties: methodFields, additionalProperties: false, ...methodConditions };
    expect(Compile(schema as never).Check(body)).toBe(isValid);
  });
});
