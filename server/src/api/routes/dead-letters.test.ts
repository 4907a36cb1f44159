import { describe, expect, it } from "vitest";
import type { Case, Delivery } from "../../core/model.ts";
import { newId } from "../../core/ids.ts";
import { aDelivery } from "../../core/rows.testing.ts";
import { memoryStorage } from "../../storage/memory/index.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi, headers, merchant, NOW } from "../fakes.testing.ts";

const own = { merchantId: merchant.merchantId, mode: merchant.mode };
const idOf = (prefix: "dlv" | "case", n: number) => newId(prefix, NOW + n, new Uint8Array(16).fill(n));

function deadJob(n: number, over: Partial<Case> = {}): Case {
  const job = { id: "job_1", kind: "ask", subject: "pay_1", attempt_id: null, queue: "payment-queue" };
  const open = { resolvedAt: null, resolvedBy: null, resolution: null, resolvedByName: null, quietUntil: null, paymentId: "pay_1" };
  const what = {
    kind: "dead_job",
    status: "open",
    subject: `job_${n}`,
    summary: "s",
    evidence: { job, reason: "Error: no such row" },
  } as const;
  return { ...own, id: idOf("case", n), ...what, openedAt: NOW, ...open, ...over };
}

function failed(n: number, over: Partial<Delivery> = {}): Delivery {
  const ended = { status: "failed", tries: 5, lastStatusCode: 503, finishedAt: NOW } as const;
  return aDelivery({ ...own, id: idOf("dlv", n), ...ended, ...over });
}

/** Two dead jobs, three failed deliveries, and rows beside them that are no dead letters of this merchant. */
function setUp() {
  const { tables, reads } = memoryStorage();
  const stranger = { merchantId: "mer_2" };
  const cases = [deadJob(1), deadJob(2), deadJob(3, { kind: "overdue" }), deadJob(4, { status: "resolved" }), deadJob(5, stranger)];
  const deliveries = [failed(1), failed(2), failed(3), failed(4, { status: "pending" }), failed(5, stranger), failed(6, { mode: "live" })];
  for (const row of cases) tables.cases.set(row.id, row);
  for (const row of deliveries) tables.deliveries.set(row.id, row);
  const { app, keys } = fakeApi({ reads, flows: { options: { retention: { deliveriesMs: 1 } } } as never });
  keys.set("pk_small sk", { ...merchant, scopes: ["cases"] });
  const small = { "x-api-key": "pk_small", "x-api-secret": "sk" };
  const getSmall = (query = "") => ask(app, { url: `/v1/dead-letters${query}`, headers: small });
  return { tables, getSmall, get: (query = "") => ask(app, { url: `/v1/dead-letters${query}`, headers }) };
}

const all = [idOf("case", 2), idOf("case", 1), idOf("dlv", 3), idOf("dlv", 2), idOf("dlv", 1)];

describe("GET /v1/dead-letters", () => {
  it("shows failing jobs and failed deliveries of the caller, with why", async () => {
    const { data, has_more: hasMore } = (await setUp().get()).json();
    expect([data.map((row: { id: string }) => row.id), hasMore]).toEqual([all, false]);
    expect(data[0]).toMatchObject({
      reason: "job_failing",
      kind: "ask",
      subject: "pay_1",
      detail: "Error: no such row",
      payment_id: "pay_1",
    });
    expect(data[2]).toMatchObject({ reason: "delivery_failed", kind: "webhook", subject: idOf("dlv", 3), last_status_code: 503 });
  });

  it("shows no deliveries to a key that may not read them", async () => {
    const { getSmall } = setUp();
    const { data, has_more: hasMore } = (await getSmall()).json();
    expect([data.map((row: { id: string }) => row.id), hasMore]).toEqual([all.slice(0, 2), false]);
    for (const query of ["?reason=delivery_failed", `?starting_after=${idOf("dlv", 3)}`]) {
      const refused = await getSmall(query);
      expect([refused.statusCode, refused.json().error.code]).toEqual([403, "permission_denied"]);
    }
  });

  it.each([1, 2, 3, 4, 5])("is read whole in pages of %i", async (limit) => {
    const { get } = setUp();
    const seen: string[] = [];
    for (let after = "", pages = 0; pages < 6; pages++) {
      const page = (await get(`?limit=${limit}${after}`)).json();
      expect(page.data.length).toBe(Math.min(limit, all.length - seen.length));
      seen.push(...page.data.map((row: { id: string }) => row.id));
      if (!page.has_more) break;
      after = `&starting_after=${seen.at(-1)}`;
    }
    expect(seen).toEqual(all);
  });

  it("says that there are more jobs if there is no delivery", async () => {
    const { get, tables } = setUp();
    tables.deliveries.clear();
    expect((await get("?limit=1")).json()).toMatchObject({ data: [{ id: all[0] }], has_more: true });
    expect((await get("?limit=2")).json()).toMatchObject({ has_more: false });
  });

  it("shows those of one reason", async () => {
    const { get } = setUp();
    const ids = async (query: string) => (await get(query)).json().data.map((row: { id: string }) => row.id);
    expect(await ids("?reason=job_failing")).toEqual(all.slice(0, 2));
    expect(await ids("?reason=delivery_failed")).toEqual(all.slice(2));
    expect(await ids(`?reason=job_failing&starting_after=${all[0]}`)).toEqual([all[1]]);
    // All jobs stand before a delivery, and before all deliveries.
    expect(await ids(`?reason=job_failing&starting_after=${all[3]}`)).toEqual([]);
    expect(await ids(`?reason=delivery_failed&starting_after=${all[1]}`)).toEqual(all.slice(2));
  });

  it("shows those of a queue, kind, endpoint, time and text, jobs and deliveries alike", async () => {
    const { get, tables } = setUp();
    const of = { ...own, durationMs: 1, statusCode: 503, error: null, url: null, headerNames: null, at: NOW };
    tables.tries.push({ ...of, deliveryId: idOf("dlv", 2), n: 5, response: "No such ROW here" });
    tables.deliveries.set(idOf("dlv", 3), failed(3, { endpointId: "whe_other" }));
    const at = (ms: number) => new Date(NOW + ms).toISOString();
    const [jobs, deliveries] = [all.slice(0, 2), all.slice(2)];
    const found: [query: string, ids: readonly string[]][] = [
      ["queue=payment-queue", jobs],
      ["queue=webhook-queue", deliveries],
      ["queue=refund-queue", []],
      ["kind=ask", jobs],
      ["kind=webhook", deliveries],
      ["kind=email", []],
      ["endpoint_id=whe_other", [idOf("dlv", 3)]],
      ["text=no%20such%20row", [...jobs, idOf("dlv", 2)]],
      ["text=no%20such%20row&reason=delivery_failed", [idOf("dlv", 2)]],
      [`from=${at(2)}`, [idOf("case", 2), idOf("dlv", 3), idOf("dlv", 2)]],
      [`before=${at(2)}&queue=webhook-queue`, [idOf("dlv", 1)]],
    ];
    for (const [query, ids] of found) {
      const { data } = (await get(`?${query}`)).json();
      expect([query, data.map((row: { id: string }) => row.id)]).toEqual([query, ids]);
    }
    const [row] = (await get("?text=503")).json().data;
    expect(row.detail).toContain("failed 5 times: HTTP 503: No such ROW here");
  });

  it.each([
    ["from", "yesterday"],
    ["before", "2026-13-45T00:00:00Z"],
    ["queue", "no-queue"],
    ["kind", "No Kind"],
    ["text", "%00"],
  ])("refuses %s %j by name", async (param, value) => {
    const answer = await setUp().get(`?${param}=${value}`);
    expect([answer.statusCode, answer.json().error]).toMatchObject([400, { code: "invalid_field", param }]);
  });

  it.each([idOf("case", 5), idOf("dlv", 5), idOf("dlv", 6), "pay_00000000000000000000000000"])(
    "refuses the foreign cursor %s",
    async (id) => {
      const answer = await setUp().get(`?starting_after=${id}`);
      expect([answer.statusCode, answer.json().error.param]).toEqual([400, "starting_after"]);
    },
  );
});

describe("GET /v1/dead-letters/groups", () => {
  it("counts what the list shows, by reason", async () => {
    const { get } = setUp();
    const counts = async (query = "") =>
      (await get(`/groups${query}`)).json().data.map((row: { reason: string; count: number }) => [row.reason, row.count]);
    expect(await counts()).toEqual([
      ["job_failing", 2],
      ["malformed", 0],
      ["unmatched", 0],
      ["delivery_failed", 3],
    ]);
    expect(await counts("?queue=payment-queue")).toContainEqual(["delivery_failed", 0]);
    expect(await counts("?text=no%20such&reason=job_failing")).toEqual([["job_failing", 2]]);
    expect((await get("/groups?kind=A")).json().error).toMatchObject({ code: "invalid_field", param: "kind" });
  });

  it("says nothing of deliveries to a key that may not read them", async () => {
    const { getSmall } = setUp();
    expect((await getSmall("/groups")).json().data.map(({ reason }: { reason: string }) => reason)).not.toContain("delivery_failed");
    expect((await getSmall("/groups?reason=delivery_failed")).statusCode).toBe(403);
  });
});
