/** Each route that changes something, taken from the document: it leaves an admin action of its caller, or says here why it does not. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../../../test/support/databases.ts";
import { World } from "../../../test/support/flows/world.ts";
import { anAccount, scope } from "../../../test/support/flows/rows.ts";
import { postgresStorage, type TestStorage } from "../../../test/support/storage.ts";
import { scopes } from "../core/permissions.ts";
import type { Settings } from "../core/ports/settings.ts";
import { case_, delivery, endpoint, event, id, job, moving, stored, T0 } from "../storage/conformance/rows.testing.ts";
import type { Document } from "./documented.testing.ts";
import { fakeApi, headers, operator } from "./fakes.testing.ts";

/** Why a route leaves none. */
const none: Readonly<Record<string, string>> = {
  "post /v1/payments": "its event payment.created, whose request names the caller",
  "patch /v1/payments/{id}": "the merchant's own words: no money, no configuration",
  "post /v1/payments/{id}/returned": "a shopper came back: the attempt's events show it",
  "post /v1/orders": "the order itself",
  "post /v1/checkout/sessions": "the session itself",
  "post /v1/checkout/sessions/{id}/cancel": "the session itself",
  "post /v1/webhook-endpoints/{id}/test": "the event webhook.test",
  "post /v1/connector-accounts/{id}/sweep": "reads what the gateway has",
  "post /v1/connector-accounts/{id}/test": "asks the gateway; the time of it is noted, where it is another one",
  "post /v1/routing-rules/explain": "changes nothing",
  "post /v1/gateways/{connector}/{account}/webhooks": "gateways",
};

interface Step {
  readonly path?: string;
  readonly body?: object;
  readonly action: string;
  readonly byOperator?: true;
}

describe("admin actions of routes", () => {
  let storage: TestStorage;
  let app: ReturnType<typeof fakeApi>["app"];
  const world = new World();
  const known = new Map<string, string>();

  beforeAll(async () => {
    storage = await postgresStorage(databaseServers()[0]!.url);
    const person = { id: "per_1", email: "ann@shop.example", role: "owner" as const, isConfirmed: true };
    const row = { id: scope.merchantId, name: "Shop", email: "shop@example.com", createdAt: world.clock.now() };
    await storage.settings.createMerchant(row);
    await storage.settings.putAccount(anAccount(1));
    const settings: Settings = {
      ...storage.settings,
      authenticate: async () => ({ ...scope, keyId: "per_1", person, scopes, rateLimitPerSecond: null, apiVersion: "2026-11-27" }),
      noteKeyUse: async () => undefined,
    };
    const flows = { ...world.deps, store: storage.store, settings };
    ({ app } = fakeApi({ flows, reads: storage.reads }));
  });
  afterAll(async () => storage?.close());

  async function call(operation: string, { path, body, byOperator }: Partial<Step>) {
    const [method, template] = operation.split(" ") as ["post" | "put" | "patch" | "delete", string];
    const url = (path ?? template).replaceAll(/\{(\w+)\}/g, (_, name: string) => known.get(name) ?? "x");
    return app.inject({ method, url, headers: byOperator ? operator : headers, ...(method !== "delete" && { payload: body ?? {} }) });
  }

  async function made(operation: string, body: object): Promise<string> {
    const answer = await call(operation, { body });
    expect([operation, answer.statusCode, answer.body]).toEqual([operation, 201, expect.any(String)]);
    return answer.json<{ id: string }>().id;
  }

  const upi = { amount: 50_000, currency: "INR", method: "upi", upi: { vpa: "shopper@okbank" } };
  const steps: Readonly<Record<string, Step>> = {
    "put /v1/webhook-endpoint": { body: { url: "https://one.example/" }, action: "webhook_endpoint.created" },
    "post /v1/webhook-endpoints": { body: { url: "https://two.example/" }, action: "webhook_endpoint.created" },
    "patch /v1/webhook-endpoints/{id}": { body: { url: "https://three.example/" }, action: "webhook_endpoint.updated" },
    "post /v1/webhook-endpoints/{id}/rotate-secret": { action: "webhook_endpoint.secret_rotated" },
    "delete /v1/webhook-endpoints/{id}": { action: "webhook_endpoint.deleted" },
    "post /v1/keys": { body: { name: "One", scopes: ["payments.read"] }, action: "api_key.created" },
    "patch /v1/keys/{id}": { body: { name: "Two" }, action: "api_key.updated" },
    "post /v1/keys/{id}/rotate": { action: "api_key.rotated" },
    "delete /v1/keys/{id}": { action: "api_key.revoked" },
    "put /v1/settings": { body: { time_zone: "Asia/Kolkata" }, action: "merchant.updated" },
    "put /v1/email-settings": { body: { enabled: false }, action: "email_settings.updated" },
    "put /v1/checkout/settings": { body: { name: "Shop" }, action: "checkout_settings.updated" },
    "put /v1/routing-rules": { body: { rules: [] }, action: "routing_rules.replaced" },
    "post /v1/connector-accounts": {
      body: { connector: "bank", name: "Two", credentials: { secret_key: "sk_test_0123456789abcdef" } },
      action: "connector_account.created",
    },
    "patch /v1/connector-accounts/{id}": { body: { name: "Three" }, action: "connector_account.updated" },
    "post /v1/connector-accounts/{id}/rotate": {
      body: { credentials: { secret_key: "sk_test_fedcba9876543210" } },
      action: "connector_account.credentials_rotated",
    },
    "delete /v1/connector-accounts/{id}": { action: "connector_account.closed" },
    "post /v1/payment-links": { body: { amount: 50_000, currency: "INR" }, action: "payment_link.created" },
    "post /v1/payment-links/{id}/deactivate": { action: "payment_link.deactivated" },
    "post /v1/payments/{id}/confirm": { action: "payment.confirm_requested" },
    "post /v1/payments/{id}/capture": { body: { amount: 100 }, action: "payment.capture_requested" },
    "post /v1/payments/{id}/void": { action: "payment.void_requested" },
    "post /v1/payments/{id}/cancel": { action: "payment.cancel_requested" },
    "post /v1/refunds": { action: "refund.requested" },
    "post /v1/cases/{id}/resolve": { body: { reason: "Looked at", by: "Ann Lee" }, action: "case.resolved" },
    "post /v1/merchants": { body: { name: "Other", email: "other@example.com" }, action: "merchant.created", byOperator: true },
    "patch /v1/merchants/{id}": { body: { time_zone: "Europe/Berlin" }, action: "merchant.updated", byOperator: true },
    "post /v1/merchants/{id}/keys": { body: { mode: "test", name: "K" }, action: "api_key.created", byOperator: true },
    "patch /v1/merchants/{id}/keys/{key_id}": { body: { name: "L" }, action: "api_key.updated", byOperator: true },
    "delete /v1/merchants/{id}/keys/{key_id}": { action: "api_key.revoked", byOperator: true },
  };

  type Left = { readonly letters: readonly string[]; readonly owed: readonly string[] };
  /** What people do to work and deliveries that have failed: the rows of a world that works are needed. */
  const byHand: Readonly<Record<string, { readonly body: object; readonly act: (left: Left) => object }>> = {
    "post /v1/deliveries/{id}/retry": {
      body: {},
      act: ({ owed }) => ({ action: "delivery.retried", subject: owed[0], before: { status: "failed" }, after: { status: "pending" } }),
    },
    "post /v1/deliveries/recover": {
      body: { status: "failed" },
      act: () => ({ action: "deliveries.recovered", subject: "deliveries", after: { count: 2, status: "failed", endpoint_id: null } }),
    },
    "post /v1/dead-letters/{id}/replay": {
      body: { reason: "Mended", by: "Somebody else" },
      act: ({ letters }) => ({
        action: "dead_letter.replayed",
        subject: letters[0],
        after: { outcome: "replayed", by: "ann@shop.example", reason: "Mended" },
      }),
    },
    "post /v1/dead-letters/{id}/discard": {
      body: { reason: "Not needed", by: "Somebody else" },
      act: ({ letters }) => ({
        action: "dead_letter.discarded",
        subject: letters[0],
        after: { by: "ann@shop.example", reason: "Not needed" },
      }),
    },
    "post /v1/dead-letters/replay": {
      body: { filter: { reason: "job_failing" }, reason: "All mended", by: "Somebody else" },
      act: ({ letters }) => ({
        action: "dead_letter.replayed",
        subject: "dead_letters",
        after: { count: 2, first: letters, by: "ann@shop.example", reason: "All mended" },
      }),
    },
    "post /v1/cases/resolve": {
      body: { filter: { kind: "dead_job" }, reason: "All mended", by: "Somebody else" },
      act: ({ letters }) => ({
        action: "case.resolved",
        subject: "cases",
        after: { count: 2, first: letters, by: "ann@shop.example", reason: "All mended" },
      }),
    },
    "post /v1/dead-letters/discard": {
      body: { filter: { reason: "job_failing" }, reason: "None needed", by: "Somebody else" },
      act: ({ letters }) => ({
        action: "dead_letter.discarded",
        subject: "dead_letters",
        after: { count: 2, first: letters, by: "ann@shop.example", reason: "None needed" },
      }),
    },
  };

  it("are known for every route that changes something", async () => {
    const { paths } = (await app.inject("/v1/openapi.json")).json<Document>();
    const operations = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
    const changing = operations.filter((operation) => !operation.startsWith("get "));
    expect([...Object.keys(none), ...Object.keys(steps), ...Object.keys(byHand)].toSorted()).toEqual(changing.toSorted());
  });

  it.each(Object.entries(steps))("%s leaves one, with its caller and its request", async (operation, step) => {
    const resource = operation.split("/")[2]!;
    await world.clock.advance(1);
    const asked = { ...step, ...(await prepared(operation, step)) };
    // Credentials are replaced once no process remembers the old ones: only then does the time of this world go on.
    const passing =
      operation === "post /v1/connector-accounts/{id}/rotate" ? setInterval(() => void world.clock.advance(200), 20) : undefined;
    const answer = await call(operation, asked).finally(() => clearInterval(passing));
    expect([operation, answer.statusCode < 300, answer.body]).toEqual([operation, true, expect.any(String)]);
    const shown = answer.json<{ id?: string; object?: string }>();
    if (operation === `post /v1/${resource}` && shown.id) known.set("id", shown.id);
    if (operation.endsWith("/keys")) known.set("key_id", shown.id!);
    const of = step.byOperator ? { merchantId: known.get("id")!, mode: "test" as const } : scope;
    const page = await storage.reads.adminActions(of, { limit: 20, action: step.action });
    const rows = page === "unknown_cursor" ? [] : page.rows;
    const who = step.byOperator
      ? { actorKind: "operator", actorId: null }
      : { actorKind: "person", actorId: "per_1", actorLabel: "ann@shop.example" };
    expect(rows).toContainEqual(expect.objectContaining({ ...who, action: step.action, requestId: answer.headers["request-id"] }));
  });

  it.each(Object.entries(byHand))("%s leaves who, when, of what, and how it was before and after", async (operation, { body, act }) => {
    await world.clock.advance(1);
    const [letters, owed] = [await failing(2), await givenUp(2)];
    known.set("id", operation.includes("deliveries") ? owed[0]! : letters[0]!);
    const answer = await call(operation, { body });
    expect([operation, answer.statusCode, answer.body]).toEqual([operation, 200, expect.any(String)]);
    const page = await storage.reads.adminActions(scope, { limit: 50 });
    const own = page === "unknown_cursor" ? [] : page.rows.filter(({ requestId }) => requestId === answer.headers["request-id"]);
    const who = { actorKind: "person", actorId: "per_1", actorLabel: "ann@shop.example" };
    expect(own).toMatchObject([{ ...who, at: world.clock.now(), before: null, ...act({ letters, owed }) }]);
    // What is left of this step must not be counted in the next one.
    for (const reason of ["job_failing", "delivery_failed"])
      await call("post /v1/dead-letters/discard", { body: { filter: { reason }, reason: "The test is over" } });
  });

  /** Jobs that failed again and again. @returns the ids of their cases, in their order */
  async function failing(count: number): Promise<string[]> {
    const made = Array.from({ length: count }, () => {
      const work = job(scope, { subject: id("pay"), kind: "ask", tries: 9, runAt: world.clock.now() });
      const { kind, queue, subject } = work;
      return { work, letter: case_(scope, { kind: "dead_job", subject: work.id, evidence: { job: { kind, queue, subject } } }) };
    });
    await storage.store.commit({
      ...scope,
      jobs: { insert: made.map(({ work }) => work) },
      cases: { open: made.map(({ letter }) => letter) },
    });
    return made.map(({ letter }) => letter.id);
  }

  /** Deliveries whose schedules have ended, to an endpoint of their own. */
  async function givenUp(count: number): Promise<string[]> {
    const to = endpoint(scope);
    await storage.settings.addEndpoint(to);
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      const before = await stored(storage.store, scope);
      const told = event({ ...before, sequence: 2 });
      const owed = delivery(told, to.id, { status: "failed", tries: 1, nextTryAt: null, finishedAt: T0 });
      await storage.store.commit(moving(before, { sequence: 2 }, { events: [told], deliveries: { insert: [owed] } }));
      ids.push(owed.id);
    }
    return ids;
  }

  /** What the route acts on, where an earlier step has not made it. */
  async function prepared(operation: string, step: Step): Promise<Partial<Step>> {
    const place = operation.slice(operation.indexOf(" ") + 1);
    if (operation === "post /v1/refunds") {
      const id = await made("post /v1/payments", { ...upi, confirm: true });
      return { body: { payment_id: id, amount: 100 } };
    }
    if (place.startsWith("/v1/payments/{id}/")) {
      const isHeld = place.endsWith("/capture") || place.endsWith("/void");
      known.set(
        "id",
        await made("post /v1/payments", isHeld ? { ...upi, capture_method: "manual", confirm: true } : { ...upi, confirm: false }),
      );
    }
    if (place.startsWith("/v1/cases/")) {
      const row = case_(scope, { subject: "job_of_nobody" });
      await storage.store.commit({ ...scope, cases: { open: [row] } });
      known.set("id", row.id);
    }
    return { body: step.body };
  }
});
