import { describe, expect, it } from "vitest";
import { aDelivery, aJob } from "../../core/rows.testing.ts";
import { memoryStorage } from "../../storage/memory/index.ts";
import { ask } from "../documented.testing.ts";
import { fakeApi, headers, merchant, NOW } from "../fakes.testing.ts";

const own = { merchantId: merchant.merchantId, mode: merchant.mode };

describe("GET /v1/queues", () => {
  it("shows depth, age of the oldest, dead letters and rate of each queue", async () => {
    const { tables, reads } = memoryStorage();
    const { app } = fakeApi({ reads });
    const jobs = [NOW - 61_900, NOW - 1, NOW + 1].map((runAt, n) =>
      aJob({ ...own, id: `job_${n}`, queue: "payment-queue", runAt, leaseToken: null }),
    );
    for (const job of jobs) tables.jobs.set(job.id, job);
    for (let n = 0; n < 7; n++) {
      const row = aDelivery({ ...own, id: `dlv_${n}`, status: n === 0 ? "failed" : "succeeded", finishedAt: NOW - n });
      tables.deliveries.set(row.id, row);
    }
    const answer = await ask(app, { url: "/v1/queues", headers });
    const idle = { object: "queue", due: 0, scheduled: 0, leased: 0, counts_are_capped: false, oldest_due_seconds: null };
    const rest = { dead_letters: 0, finished_per_minute: 0, finished_since: new Date(NOW - 300_000).toISOString() };
    expect(answer.json()).toEqual({
      object: "list",
      data: [
        { name: "payment-queue", ...idle, due: 2, scheduled: 1, oldest_due_seconds: 61, ...rest },
        { name: "refund-queue", ...idle, ...rest },
        { name: "webhook-queue", ...idle, ...rest, dead_letters: 1, finished_per_minute: 1.4 },
      ],
      has_more: false,
    });
  });
});
