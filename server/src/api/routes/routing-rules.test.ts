import { describe, expect, it } from "vitest";
import { anAccount, scope } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { scopes } from "../../core/permissions.ts";
import { newKey } from "../../flows/setup/keys.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi } from "../fakes.testing.ts";

const [first, second] = [anAccount(1).id, anAccount(2).id];
const upi = { amount: 500, currency: "INR", method: "upi", upi: { vpa: "a@bank" } };

async function api() {
  const world = new World({ accounts: 2 });
  const key = newKey(world.deps, scope, { name: "First", scopes });
  await world.deps.settings.createKey(key);
  const { app } = fakeApi({ flows: world.deps, reads: world.storage.reads });
  const as = (method: "GET" | "PUT" | "POST", path: string, payload?: object) =>
    ask(app, { method, url: `/v1/${path}`, headers: { "x-api-key": key.key, "x-api-secret": key.secret }, ...(payload && { payload }) });
  return { world, as };
}

describe("routing rules", () => {
  it("are none at first, and are shown as they were sent", async () => {
    const { as } = await api();
    expect((await as("GET", "routing-rules")).json()).toMatchObject({ version: 0, rules: [], warnings: [], updated_at: null });
    const when = { currencies: ["INR"], methods: ["upi"], amount_from: 100, amount_below: 1_000, metadata: { shop: ["web"] } };
    const rules = [
      { name: "Web", when, accounts: [second], else_others: true },
      {
        name: "Rest",
        when: {},
        weights: [
          { account: first, weight: 3 },
          { account: second, weight: 1 },
        ],
        else_others: false,
      },
    ];
    const put = await as("PUT", "routing-rules", { rules, version: 0 });
    expect([put.statusCode, put.json()]).toMatchObject([200, { version: 1, rules }]);
    expect((await as("GET", "routing-rules")).json()).toEqual(put.json());
  });

  it("are not replaced by somebody who has read older ones", async () => {
    const { as } = await api();
    await as("PUT", "routing-rules", { rules: [] });
    const late = await as("PUT", "routing-rules", { rules: [], version: 0 });
    expect([late.statusCode, late.json().error]).toMatchObject([409, { code: "invalid_state", param: "version" }]);
    const beyond = await as("PUT", "routing-rules", { rules: [], version: 2_212_943_606_696_350 });
    expect([beyond.statusCode, beyond.json().error]).toMatchObject([400, { code: "invalid_field", param: "version" }]);
  });

  it("that cannot be meant are refused with the place and what is wrong there", async () => {
    const { as } = await api();
    const rules = [
      { name: "All", accounts: [first] },
      { name: "Never", when: { currencies: ["EUR"] }, accounts: [second] },
    ];
    const refused = await as("PUT", "routing-rules", { rules });
    expect([refused.statusCode, refused.json().error]).toMatchObject([400, { code: "invalid_field", param: "rules[1]" }]);
    expect(refused.json().error.message).toContain("never reached");
  });

  it("lead a payment, and an explanation says the same before", async () => {
    const { world, as } = await api();
    await as("PUT", "routing-rules", { rules: [{ name: "UPI", when: { methods: ["upi"] }, accounts: [second, first] }] });
    const explained = (await as("POST", "routing-rules/explain", upi)).json();
    expect(explained).toMatchObject({ rule: "UPI", chosen: second, reason: "first of the rule", rules: [{ name: "UPI", fits: true }] });
    expect(world.tables.payments.size).toBe(0);
    const { id } = (await as("POST", "payments", upi)).json();
    await world.work();
    const { attempts } = (await as("GET", `payments/${id}`)).json();
    expect(attempts).toMatchObject([{ account_id: second, routing: { rule: "UPI", reason: "first of the rule" } }]);
  });
});
