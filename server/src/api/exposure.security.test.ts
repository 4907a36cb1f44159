/** What an outsider can learn: from errors nothing but a code and a request id, from the list of routes nothing that is not in the document. */
import { describe, expect, it } from "vitest";
import type { RouteOptions } from "fastify";
import { createApp } from "../http/app.ts";
import { StoreUnavailable } from "../core/ports/store.ts";
import type { Deps } from "../flows/deps.ts";
import { ask, type Document } from "./documented.testing.ts";
import { fakeApi, headers, merchant } from "./fakes.testing.ts";
import { mount } from "./mount.ts";

const INSIDE = "select * from payments where secret = 'hunter2' at /srv/tillway/dist/storage/postgres/connect.js:12:34";

function broken(): Error {
  const error = new Error(INSIDE);
  Object.assign(error, { code: "23505", detail: INSIDE, table: "payments", query: INSIDE });
  return error;
}

/** Any object: each method of it, and of what is in it, fails in this way. */
function failing(fail: () => unknown): unknown {
  return new Proxy(() => fail(), {
    get: (_target, name) => (typeof name === "symbol" || name === "then" ? undefined : failing(fail)),
    apply: () => fail(),
  });
}

/** Not everything that fails here is waited for: in truth the connectors are a map, whose answer nobody awaits. */
function rejected(reason: unknown): Promise<never> {
  const failure = Promise.reject<never>(reason as Error);
  failure.catch(() => undefined);
  return failure;
}

const failures: Readonly<Record<string, () => unknown>> = {
  "throws at once": () => {
    throw broken();
  },
  "fails later": () => rejected(broken()),
  "fails with a text": () => rejected(INSIDE),
  "cannot reach the database": () => rejected(new StoreUnavailable(INSIDE)),
  "gives nonsense": () => Promise.resolve(undefined),
};

const id = (prefix: string): string => `${prefix}_01KAJ7Q2XKZ3V9M4T8RBN5CHWE`;
const prefixes: Readonly<Record<string, string>> = {
  payments: "pay",
  refunds: "rfnd",
  deliveries: "dlv",
  requests: "req",
  "webhook-endpoints": "whe",
  cases: "case",
  events: "evt",
  orders: "ord",
};
const good = { amount: 100, currency: "INR" };

/** A request that gets as far as the parts behind the route. */
function requestTo(path: string, method: string) {
  const [, , noun = ""] = path.split("/");
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === "id" ? id(prefixes[noun] ?? "x") : name === "account" ? "acc_1" : "sandbox",
  );
  const payload =
    path === "/v1/payments"
      ? good
      : path === "/v1/refunds"
        ? { payment_id: id("pay") }
        : path === "/v1/webhook-endpoints" || path === "/v1/webhook-endpoint"
          ? { url: "https://shop.example/hook" }
          : {};
  return {
    url,
    method: method.toUpperCase() as "GET",
    headers: { ...headers, "idempotency-key": "k" },
    ...(method !== "get" && method !== "delete" && { payload }),
  };
}

describe("an error inside (security row 21)", () => {
  it.each(Object.entries(failures))(
    "where each part %s, is answered by a code and a request id, and nothing of it goes out",
    async (_how, fail) => {
      const parts = failing(fail) as Deps;
      const settings = { authenticate: async () => merchant, account: failing(fail), endpoint: failing(fail) };
      const { app, deps } = fakeApi({
        reads: failing(fail) as never,
        flows: {
          store: parts.store,
          settings: { ...(parts.settings as object), ...settings } as never,
          // A table in memory: only what it leads to fails.
          connectors: new Map([["sandbox", failing(fail) as never]]),
          webhooks: parts.webhooks,
          invariants: parts.invariants!,
          analytics: parts.analytics!,
          checkUrl: () => ({ ok: true }),
        },
        deps: {
          requests: failing(fail) as never,
          health: failing(fail) as never,
          tokenizers: new Map([["sandbox", failing(fail) as never]]),
          metrics: { page: failing(fail) as never, token: null },
        },
      });
      expect(deps.metrics).not.toBeNull();
      const { paths } = (await app.inject("/v1/openapi.json")).json<Document>();
      let unexpected = 0;
      for (const [path, methods] of Object.entries(paths)) {
        for (const method of Object.keys(methods)) {
          const answer = await app.inject(requestTo(path, method));
          const shown = `${method} ${path} ${answer.statusCode} ${answer.body} ${JSON.stringify(answer.headers)}`;
          expect(shown).not.toMatch(/hunter2|select \*|\/srv|connect\.js|23505|node_modules| at .*:\d+:\d+|TypeError|undefined/);
          expect(answer.headers["request-id"]).toMatch(/^req_/);
          if (answer.statusCode < 500 || path.startsWith("/health")) continue;
          unexpected++;
          expect(answer.json()).toMatchObject({ error: { type: "api_error", request_id: answer.headers["request-id"] } });
        }
      }
      expect(unexpected).toBeGreaterThan(5);
    },
  );

  it("is in the log, under the request id of the answer", async () => {
    const { app, log } = fakeApi({ reads: failing(failures["fails later"]!) as never });
    const answer = await ask(app, { url: "/v1/payments", headers });
    expect([answer.statusCode, answer.json().error.code]).toEqual([500, "internal_error"]);
    expect(log.filter((line) => line.level === "error")).toMatchObject([{ fields: { request_id: answer.headers["request-id"] } }]);
  });
});

it("each route that is served is in the document, but for the document itself, the bare address and the documentation (security row 25)", async () => {
  const { deps } = fakeApi();
  const served: string[] = [];
  const app = createApp(deps, [
    (each) => {
      each.addHook("onRoute", ({ method, url }: RouteOptions) => void served.push(...[method].flat().map((one) => `${one} ${url}`)));
      return mount(each, deps);
    },
  ]);
  const { paths } = (await app.inject("/v1/openapi.json")).json<Document>();
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
  );
  const undocumented = served.filter((route) => !route.startsWith("HEAD ") && !documented.includes(route));
  expect(served.length).toBeGreaterThan(25);
  expect(undocumented.sort()).toEqual([
    "GET /",
    "GET /docs",
    "GET /docs/*",
    "GET /llms.txt",
    "GET /v1/openapi.json",
    "POST /v1/sample-data",
  ]);
  expect(documented.filter((route) => !served.includes(route))).toEqual([]);
});
