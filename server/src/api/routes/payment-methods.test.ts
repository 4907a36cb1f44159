import { expect, it } from "vitest";
import { anAccount, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { scopes } from "../../core/permissions.ts";
import { newKey } from "../../flows/setup/keys.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi } from "../fakes.testing.ts";

const [first, second] = [anAccount(1), anAccount(2)];

/** Two accounts of one gateway, and what that takes. */
async function offered(
  methods: readonly string[],
  more: { readonly tokenizers?: ReadonlyMap<string, object>; readonly disabled?: string } = {},
) {
  const world = new World({ accounts: 2 });
  world.gateway.capabilities = { ...world.gateway.capabilities, methods: methods as never };
  if (more.disabled !== undefined) world.tables.accounts.set(more.disabled, { ...first, id: more.disabled, status: "disabled" });
  const key = newKey(world.deps, scope, { name: "First", scopes });
  await world.deps.settings.createKey(key);
  const { app } = fakeApi({ flows: world.deps, reads: world.storage.reads, deps: { tokenizers: (more.tokenizers ?? new Map()) as never } });
  const answer = await ask(app, { url: "/v1/payment-methods", headers: { "x-api-key": key.key, "x-api-secret": key.secret } });
  expect(answer.statusCode).toBe(200);
  return answer.json().data as { type: string; fields: { name: string }[]; accounts: { id: string; forms: string[][] }[] }[];
}

const formsOf = async (...given: Parameters<typeof offered>) =>
  Object.fromEntries((await offered(...given)).map(({ type, accounts }) => [type, accounts[0]!.forms]));

it("shows what the enabled accounts take, in the order of the table, and no other", async () => {
  expect((await offered(["upi", "card"])).map(({ type }) => type)).toEqual(["card", "upi"]);
  expect((await offered(["upi"])).map(({ type }) => type)).toEqual(["upi"]);
  expect(await offered([])).toEqual([]);
});

it("leaves out a disabled account", async () => {
  const [upi] = await offered(["upi"], { disabled: first.id });
  expect(upi!.accounts.map(({ id }) => id)).toEqual([second.id]);
});

it.each<[what: string, methods: string[], tokenizes: boolean, forms: object]>([
  ["a card is asked for", ["card"], true, { card: [["number", "expiry_month", "expiry_year", "cvv"], ["token"]] }],
  ["cards come as tokens only", ["card"], false, { card: [["token"]] }],
  ["UPI needs a VPA", ["upi"], false, { upi: [["vpa"]] }],
  ["UPI is a link, and nothing is asked for", ["upi_intent"], false, { upi: [[]] }],
  ["UPI is both", ["upi_intent", "upi"], false, { upi: [["vpa"], []] }],
])("tells a form what to send: %s", async (_what, methods, tokenizes, forms) => {
  const tokenizers = new Map(tokenizes ? [[first.connector, { tokenize: async () => undefined, describe: async () => null }]] : []);
  expect(await formsOf(methods, { tokenizers })).toEqual(forms);
});
