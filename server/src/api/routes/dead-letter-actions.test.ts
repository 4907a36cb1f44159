import { describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import { aDelivery, aJob, anEndpoint } from "../../core/rows.testing.ts";
import { case_ } from "../../storage/conformance/rows.testing.ts";
import { memoryStorage } from "../../storage/memory/index.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi, headers, merchant, NOW } from "../fakes.testing.ts";

const own = { merchantId: merchant.merchantId, mode: merchant.mode };
const idOf = (prefix: "dlv" | "case", n: number) => newId(prefix, NOW + n, new Uint8Array(16).fill(n));
const [charge, owed] = [idOf("case", 1), idOf("dlv", 1)];

/** A failing charge and a failed delivery. */
function setUp() {
  const { tables, store, settings } = memoryStorage();
  const work = aJob({ ...own, id: "job_1", kind: "charge", subject: "pay_1", leaseToken: null, tries: 9, runAt: NOW + 1 });
  const evidence = { job: { kind: "charge", queue: "payment-queue", subject: "pay_1" }, reason: "Error: no" };
  tables.jobs.set(work.id, work);
  tables.cases.set(charge, case_(own, { id: charge, kind: "dead_job", subject: work.id, openedAt: NOW, evidence }));
  const endpoint = anEndpoint(1, own);
  const failed = aDelivery({ ...own, id: owed, endpointId: endpoint.id, status: "failed", tries: 5, createdAt: NOW, finishedAt: NOW });
  tables.endpoints.set(endpoint.id, endpoint);
  tables.deliveries.set(owed, failed);
  tables.events.set(failed.eventId, { ...own, id: failed.eventId, type: "payment.succeeded", body: "{}", createdAt: NOW } as never);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const fakes = fakeApi();
  Object.assign(fakes.deps.flows, { store, log, queue: { hint: () => undefined } });
  Object.assign(fakes.deps.flows.settings, { endpoints: settings.endpoints, emailSettings: settings.emailSettings });
  fakes.keys.set("pk_small sk", { ...merchant, scopes: ["cases"] });
  const post = (url: string, payload: object = {}, more: Record<string, string> = headers) =>
    ask(fakes.app, { method: "POST", url: `/v1/dead-letters${url}`, payload, headers: more });
  return { tables, post };
}

const small = { "x-api-key": "pk_small", "x-api-secret": "sk" };

describe("POST /v1/dead-letters/{id}/replay and discard", () => {
  it("replays a failing job in the name of its key, if nobody else is named", async () => {
    const { post, tables } = setUp();
    const answer = await post(`/${charge}/replay`);
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        id: charge,
        object: "dead_letter_action",
        action: "replay",
        outcome: "replayed",
        payment_id: null,
        subject: "pay_1",
        by: "API key key_1",
        reason: null,
        at: "2026-01-15T12:00:00.000Z",
        next_try_at: "2026-01-15T12:00:00.000Z",
        quiet_until: null,
      },
    ]);
    expect(tables.jobs.get("job_1")).toMatchObject({ tries: 0, runAt: NOW });
  });

  it("gives the same answer to a repeat under its key", async () => {
    const { post } = setUp();
    const keyed = { ...headers, "idempotency-key": "k" };
    const [first, again] = [await post(`/${charge}/replay`, {}, keyed), await post(`/${charge}/replay`, {}, keyed)];
    expect([again.body, again.headers["idempotent-replayed"]]).toEqual([first.body, "true"]);
    expect((await post(`/${charge}/replay`)).json().error).toMatchObject({ code: "invalid_state" });
  });

  it("discards a delivery with who and why", async () => {
    const { post, tables } = setUp();
    const answer = await post(`/${owed}/discard`, { reason: "The shop is closed", by: "Ann Lee" });
    expect(answer.json()).toMatchObject({ outcome: "discarded", by: "Ann Lee", reason: "The shop is closed", next_try_at: null });
    expect(tables.deliveries.get(owed)!.status).toBe("canceled");
  });

  it.each<[string, object, number, string, string]>([
    [`/${owed}/discard`, {}, 400, "missing_field", "reason"],
    [`/${owed}/discard`, { reason: "  " }, 400, "invalid_field", "reason"],
    [`/${owed}/discard`, { reason: "card 4111 1111 1111 1111" }, 400, "invalid_field", "reason"],
    [`/discard`, { reason: "all of it" }, 400, "missing_field", "filter"],
    [`/discard`, { reason: "all of it", filter: {} }, 400, "invalid_field", "filter"],
    [`/replay`, { filter: { from: "yesterday" } }, 400, "invalid_field", "filter.from"],
    [`/replay`, { filter: { kind: "No Kind" } }, 400, "invalid_field", "filter.kind"],
    [`/replay`, { filter: { queue: "no-queue" } }, 400, "invalid_field", "filter.queue"],
    [`/replay`, { filter: { text: "\u0007x" } }, 400, "invalid_field", "filter.text"],
    [`/discard`, { reason: "all of it", filter: { endpoint_id: "\u0007x" } }, 400, "invalid_field", "filter.endpoint_id"],
    [`/discard`, { reason: "all of it", filter: { text: "" } }, 400, "invalid_field", "filter.text"],
    [`/replay`, { limit: 1_001 }, 400, "invalid_field", "limit"],
    [`/pay_00000000000000000000000000/replay`, {}, 404, "not_found", "id"],
    [`/${idOf("case", 9)}/replay`, {}, 404, "not_found", "id"],
  ])("%s with %j is refused with %i %s", async (url, body, status, code, param) => {
    const answer = await setUp().post(url, body);
    expect([answer.statusCode, answer.json().error]).toMatchObject([status, { code, param }]);
  });

  it("leaves deliveries alone for a key without the scope webhooks", async () => {
    const { post, tables } = setUp();
    expect((await post(`/${owed}/discard`, { reason: "no" }, small)).statusCode).toBe(403);
    expect((await post("/replay", {}, small)).json()).toMatchObject({ matched: 1, changed: 1 });
    expect(tables.deliveries.get(owed)!.status).toBe("failed");
  });
});

describe("POST /v1/dead-letters/replay and discard", () => {
  it("counts in a dry run, and does it then", async () => {
    const { post, tables } = setUp();
    const counts = { object: "dead_letter_actions", action: "replay", matched: 2, acknowledged: 0, skipped: 0, has_more: false };
    const times = { oldest_at: expect.any(String), newest_at: "2026-01-15T12:00:00.000Z" };
    expect((await post("/replay", { dry_run: true })).json()).toEqual({
      ...counts,
      ...times,
      dry_run: true,
      changed: 0,
      last_try_at: expect.any(String),
    });
    expect(tables.deliveries.get(owed)!.status).toBe("failed");
    const done = (await post("/replay", { per_second: 1 })).json();
    expect(done).toEqual({ ...counts, ...times, dry_run: false, changed: 2, last_try_at: "2026-01-15T12:00:01.000Z" });
    expect(tables.deliveries.get(owed)!.status).toBe("pending");
  });

  it("acknowledges work on money", async () => {
    const { post, tables } = setUp();
    const answer = await post("/discard", { filter: { reason: "job_failing", kind: "charge" }, reason: "known", by: "Ann" });
    expect(answer.json()).toMatchObject({ matched: 1, changed: 1, acknowledged: 1, last_try_at: null });
    expect(tables.jobs.has("job_1")).toBe(true);
  });
});
