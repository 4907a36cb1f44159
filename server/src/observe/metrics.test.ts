import { describe, expect, it } from "vitest";
import type { Change, CommitResult } from "../core/change.ts";
import type { Figures } from "../core/ports/figures.ts";
import type { Store } from "../core/ports/store.ts";
import type { Job } from "../core/model.ts";
import { createMetricsPage, FIGURES_EVERY_MS, type GaugeDeps } from "./gauges.ts";
import { createMetrics } from "./metrics.ts";

const none: Figures = {
  queues: [],
  openCases: {},
  deadMessages: 0,
  brokenInvariants: {},
  invariantsCheckedAt: null,
  oldestSnapshotMs: null,
  oldestUnsealedAt: null,
  exchangesWaiting: null,
  workerSeenAt: null,
  analyticsTurnAt: null,
  oldestUnannouncedAt: null,
};
const pools = () => ({ hot: { open: 10, busy: 3, waiting: 1 } });

async function opened(changes: Partial<GaugeDeps> = {}) {
  const metrics = await createMetrics({ jobKinds: ["charge", "webhook"], connectors: ["sandbox"] });
  const page = createMetricsPage(metrics, { figures: async () => none, pools, clock: { now: () => 1_000_000 }, ...changes });
  return { metrics, page, lines: async () => (await page()).text.split("\n") };
}

const storeThat = (result: CommitResult): Store => ({ create: async () => result, commit: async () => result }) as unknown as Store;
const change = {
  merchantId: "mer_1",
  mode: "test",
  events: [{ type: "payment.succeeded" }, { type: "refund.failed" }, { type: "payment.pending" }],
  attempts: {
    update: [
      { connector: "sandbox", operation: "charge", status: "declined", lateStatus: null },
      { connector: "sandbox", operation: "charge", status: "declined", lateStatus: "succeeded" },
      { connector: "elsewhere", operation: "refund", status: "succeeded", lateStatus: null },
    ],
  },
  deliveryTries: [{ statusCode: 503 }, { statusCode: null }, { statusCode: 204 }],
  delivery: { before: { status: "pending" }, after: { status: "failed" } },
  cases: { open: [{ kind: "dead_job" }] },
} as unknown as Change;

describe("figures", () => {
  it("count what was committed, once", async () => {
    const { metrics, lines } = await opened();
    await metrics.counting(storeThat("stale")).commit(change);
    await metrics.counting(storeThat("applied")).commit(change);
    const found = await lines();
    for (const line of [
      'tillway_payments_total{mode="test",outcome="succeeded"} 1',
      'tillway_payments_total{mode="test",outcome="failed"} 0',
      'tillway_refunds_total{mode="test",outcome="failed"} 1',
      'tillway_attempts_total{connector="sandbox",operation="charge",outcome="declined"} 1',
      'tillway_attempts_total{connector="other",operation="refund",outcome="succeeded"} 1',
      'tillway_webhook_tries_total{result="5xx"} 1',
      'tillway_webhook_tries_total{result="no_answer"} 1',
      'tillway_webhook_tries_total{result="2xx"} 1',
      'tillway_deliveries_total{result="failed"} 1',
      'tillway_cases_opened_total{kind="dead_job"} 1',
      'tillway_database_connections{pool="hot",state="waiting"} 1',
    ])
      expect(found).toContain(line);
  });

  it("take each label from a closed list, whatever is asked or run", async () => {
    const { metrics, page } = await opened();
    metrics.route("/v1/payments/:id");
    for (let n = 0; n < 50; n++) metrics.request({ method: `X${n}`, route: `/made/up/${n}`, status: 404, ms: 1 });
    metrics.request({ method: "GET", route: "/v1/payments/:id", status: null, ms: 1 });
    metrics.request({ method: "GET", route: undefined, status: 400, ms: 1 });
    metrics.job({ kind: "of a newer version" } as unknown as Job, { outcome: "failed", ms: 12 });
    const { text } = await page();
    expect(text).toContain('tillway_http_request_seconds_count{method="other",route="none",status="4xx"} 50');
    expect(text).toContain('tillway_http_request_seconds_count{method="GET",route="/v1/payments/:id",status="aborted"} 1');
    expect(text).toContain('tillway_job_seconds_count{kind="other",outcome="failed"} 1');
    expect(text).not.toMatch(/undefined|"null"|made|""/);
  });

  it("of the database are asked for once in five seconds, however many read", async () => {
    let asked = 0;
    let now = 1_000_000;
    const figures = async () => {
      asked++;
      return {
        queues: [{ queue: "payment-queue", jobs: 9, due: 4, oldestDueAt: now - 2_500 }],
        openCases: { dead_job: 2 },
        deadMessages: 4,
        brokenInvariants: { one_charge: 3 },
        invariantsCheckedAt: now - 4_000,
        oldestSnapshotMs: 1_500,
        oldestUnsealedAt: now - 7_000,
        exchangesWaiting: { count: 17, oldestAt: now - 6_000 },
        workerSeenAt: now - 3_000,
        analyticsTurnAt: now - 1_000,
        oldestUnannouncedAt: now - 2_000,
      } as Figures;
    };
    const { page, lines } = await opened({ figures, clock: { now: () => now } });
    await Promise.all(Array.from({ length: 20 }, page));
    now += FIGURES_EVERY_MS - 1;
    const found = await lines();
    expect(asked).toBe(1);
    for (const line of [
      "tillway_database_up 1",
      'tillway_queue_jobs{queue="payment-queue"} 9',
      'tillway_queue_due_jobs{queue="payment-queue"} 4',
      "tillway_dead_jobs 2",
      "tillway_dead_messages 4",
      'tillway_cases_open{kind="dead_job"} 2',
      'tillway_cases_open{kind="overdue"} 0',
      'tillway_invariant_breaks{invariant="one_charge"} 3',
      'tillway_invariant_breaks{invariant="captured_adds_up"} 0',
      "tillway_invariants_last_run_seconds 8.999",
      "tillway_database_oldest_snapshot_seconds 1.5",
      "tillway_audit_unsealed_seconds 11.999",
      "tillway_exchanges_waiting 17",
      "tillway_exchanges_oldest_waiting_seconds 10.999",
      "tillway_worker_seen_seconds 7.999",
      "tillway_analytics_last_run_seconds 5.999",
      "tillway_results_oldest_waiting_seconds 6.999",
    ])
      expect(found).toContain(line);
    now += 1;
    await page();
    expect(asked).toBe(2);
  });

  it("name each replica by its number, and count the gateway accounts by how they are", async () => {
    let standbys = [
      { status: "late", behindBytes: 4_096 },
      { status: "foreign", behindBytes: null },
    ];
    const { lines } = await opened({ replicas: async () => standbys, accounts: () => ({ up: 2, down: 1 }) });
    const found = await lines();
    for (const line of [
      'tillway_replica_up{replica="1"} 1',
      'tillway_replica_behind_bytes{replica="1"} 4096',
      'tillway_replica_up{replica="2"} 0',
      'tillway_replica_behind_bytes{replica="2"} Nan',
      'tillway_gateway_accounts{health="down"} 1',
    ])
      expect(found).toContain(line);
    standbys = [];
    expect((await lines()).filter((line) => line.startsWith("tillway_replica_up{"))).toEqual([]);
  });

  it.each([
    ["fails", () => Promise.reject(new Error("no"))],
    ["never answers", () => new Promise<never>(() => {})],
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
  ])("are shown without those of a database that %s, and old ones do not pass for new", async (_how, broken) => {
    let now = 1_000_000;
    let figures: GaugeDeps["figures"] = async () => ({ ...none, queues: [{ queue: "payment-queue", jobs: 9, due: 4, oldestDueAt: null }] });
    const { page, lines } = await opened({ figures: (at) => figures(at), clock: { now: () => now } });
    await page();
    figures = broken;
    now += FIGURES_EVERY_MS;
    const found = await lines();
    expect(found).toContain("tillway_database_up 0");
    for (const name of ["dead_jobs", "worker_seen_seconds", "analytics_last_run_seconds", "results_oldest_waiting_seconds"])
      expect(found).toContain(`tillway_${name} Nan`);
    expect(found.filter((line) => line.startsWith("tillway_queue_jobs{"))).toEqual([]);
    expect(found).toContain('tillway_payments_total{mode="live",outcome="succeeded"} 0');
  });
});
