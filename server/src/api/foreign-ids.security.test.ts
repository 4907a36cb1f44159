/** Rows 1 and 16: each operation that names a thing by its id, taken from the document, asked for by another merchant and in the other mode. */
import { beforeAll, describe, expect, it } from "vitest";
import { World } from "../../../test/support/flows/world.ts";
import type { Scope } from "../core/model.ts";
import { scopes } from "../core/permissions.ts";
import { newKey } from "../flows/setup/keys.ts";
import { account, delivery, endpoint, event, payment, refund } from "../storage/conformance/rows.testing.ts";
import type { Document } from "./documented.testing.ts";
import { fakeApi } from "./fakes.testing.ts";

const owner: Scope = { merchantId: "mer_00000000000000000000000001", mode: "test" };
const strangers: readonly Scope[] = [
  { merchantId: "mer_00000000000000000000000002", mode: "test" },
  { merchantId: owner.merchantId, mode: "live" },
];

/** A body that passes validation, where an operation requires one. */
const bodies: Readonly<Record<string, object>> = {
  "post /v1/payments/{id}/confirm": { method: "upi", upi: { vpa: "shopper@okbank" } },
  "post /v1/payments/{id}/returned": { proof: {} },
  "post /v1/dead-letters/{id}/discard": { reason: "Not needed" },
  "post /v1/connector-accounts/{id}/rotate": { credentials: { webhook_secret: "whsec_of_a_stranger" } },
  "post /v1/cases/{id}/resolve": { reason: "Looked at", by: "Ann Lee" },
};

/** Rows that this storage does not have, with the test that covers them. */
const elsewhere: Readonly<Record<string, string>> = {
  requests: "storage/postgres/requests.test.ts",
  cases: "storage/conformance/cases.testing.ts",
};

let operations: string[] = [];
let isRestoring = false;
let send: (by: Scope, operation: string) => Promise<number>;

beforeAll(async () => {
  const world = new World();
  const { tables, settings } = world.storage;
  const pairs = new Map<string, { key: string; secret: string }>();
  for (const scope of [owner, ...strangers]) {
    const made = newKey(world.deps, scope, { name: "All", scopes });
    await settings.createKey(made);
    pairs.set(JSON.stringify(scope), made);
  }
  const key = newKey(world.deps, owner, { name: "Another", scopes: ["cases"] });
  await settings.createKey(key);
  const paid = payment(owner);
  const gateway = account(owner);
  const fact = event(paid);
  const hook = endpoint(owner);
  const [sent, back] = [delivery(fact, hook.id), refund(paid)];
  tables.payments.set(paid.id, paid);
  tables.events.set(fact.id, fact);
  tables.endpoints.set(hook.id, hook);
  tables.accounts.set(gateway.id, gateway);
  tables.deliveries.set(sent.id, sent);
  tables.refunds.set(back.id, back);
  const { app } = fakeApi({ flows: world.deps, reads: world.storage.reads, deps: { restores: { isOpen: () => isRestoring } } });
  const { key: user, secret } = pairs.get(JSON.stringify(owner))!;
  const headers = { "x-api-key": user, "x-api-secret": secret };
  const made = async (url: string, payload: object): Promise<string> =>
    (await app.inject({ method: "POST", url, headers, payload })).json<{ id: string }>().id;
  const order = await made("/v1/orders", { amount: 50_000, currency: "INR" });
  const ids: Readonly<Record<string, string>> = {
    keys: key.id,
    payments: paid.id,
    events: fact.id,
    "webhook-endpoints": hook.id,
    "connector-accounts": gateway.id,
    deliveries: sent.id,
    "dead-letters": sent.id,
    refunds: back.id,
    orders: order,
    "payment-links": await made("/v1/payment-links", { amount: 50_000, currency: "INR" }),
    checkout: await made("/v1/checkout/sessions", { order_id: order }),
  };
  const { paths } = (await app.inject("/v1/openapi.json")).json<Document>();
  operations = Object.entries(paths)
    // No merchant's key opens those of the operator: access.security.test.ts.
    .filter(([path]) => path.includes("{id}") && !path.startsWith("/v1/merchants/"))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
  send = async (by, operation) => {
    const [method, path] = operation.split(" ") as ["get" | "post" | "patch" | "delete", string];
    const pair = pairs.get(JSON.stringify(by))!;
    const answer = await app.inject({
      method,
      url: path.replace("{id}", ids[path.split("/")[2]!]!),
      headers: { "x-api-key": pair.key, "x-api-secret": pair.secret },
      ...(method !== "get" && method !== "delete" && { payload: bodies[operation] ?? {} }),
    });
    return answer.statusCode;
  };
});

const kindOf = (operation: string): string => operation.split("/")[2]!;

describe("a thing of another merchant, or of the other mode (security row 1)", () => {
  async function otherThan(expected: number): Promise<string[]> {
    const seen: string[] = [];
    for (const operation of operations.filter((each) => !(kindOf(each) in elsewhere)))
      for (const stranger of strangers) {
        const status = await send(stranger, operation);
        if (status !== expected) seen.push(`${operation} in ${stranger.mode}: ${status}`);
      }
    return seen;
  }

  it("is 404 for each operation on it", async () => {
    expect(await otherThan(404)).toEqual([]);
  });

  it("is 503 for each while a restore is open: what is not there may only have been forgotten", async () => {
    isRestoring = true;
    expect(await otherThan(503).finally(() => (isRestoring = false))).toEqual([]);
  });

  it("is there for its owner, so that the 404 of others is no accident", async () => {
    const reads = operations.filter((each) => each.startsWith("get ") && !(kindOf(each) in elsewhere));
    expect(reads.length).toBeGreaterThan(4);
    // It was found, and has its card already.
    const statusOf = (operation: string): number => (operation.endsWith("/card-fields") ? 409 : 200);
    for (const operation of reads) expect([operation, await send(owner, operation)]).toEqual([operation, statusOf(operation)]);
  });
});
