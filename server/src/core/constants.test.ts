import { describe, expect, it } from "vitest";
import * as constants from "./constants.ts";

const c = constants;

describe("figures that only hold together", () => {
  it.each<[string, number, number]>([
    ["a lease outlives the longest gateway call by 10 s", c.MONEY_LEASE_MS, c.GATEWAY_MONEY_TIMEOUT_MS + 10_000],
    ["a lease outlives the longest webhook call by 10 s", c.WEBHOOK_LEASE_MS, c.WEBHOOK_TOTAL_TIMEOUT_MS + 10_000],
    ["an answer to the last call that may leave comes within the lease", c.MONEY_LEASE_MS, c.SEND_WITHIN_MS + c.GATEWAY_MONEY_TIMEOUT_MS],
    ["a case about a payment that nobody took comes after its first tries", c.PENDING_CASE_AFTER_MS, 10 * c.POLL_MS + 2 * c.MONEY_LEASE_MS],
    ["a shopper has more time than a call", c.ACTION_EXPIRES_AFTER_MS, 10 * c.GATEWAY_MONEY_TIMEOUT_MS],
    ["a late job is told of within a sweep", c.OVERDUE_AGAIN_MS, c.OVERDUE_SWEEP_MS],
    ["one worker's sweeps keep up with what an outage makes late in a second", c.OVERDUE_BATCH * c.OVERDUE_ROUNDS_MAX, 1_000],
    ["an answer of a gateway may be longer than any request of ours", c.GATEWAY_MAX_ANSWER_BYTES, c.BODY_MAX_BYTES],
    ["a page holds what is asked for by default", c.LIST_LIMIT_MAX, c.LIST_LIMIT_DEFAULT],
    ["a full claim fits into the slots", c.WORKER_SLOTS, c.CLAIM_BATCH],
    ["a throttled send comes back sooner than an unknown one is a case", c.UNKNOWN_CASE_AFTER_MS, c.THROTTLED_GAP_MS],
    ["the daily question is the last gap, and no gap before it is longer", c.QUESTION_LAST_GAP_MS, Math.max(...c.QUESTION_SCHEDULE_MS)],
    ["a drain outlives the longest gateway call", c.DRAIN_MS, c.GATEWAY_MONEY_TIMEOUT_MS],
    ["a money call has more time than a read", c.GATEWAY_MONEY_TIMEOUT_MS, c.GATEWAY_READ_TIMEOUT_MS],
    ["a call has more time than its connect", c.GATEWAY_READ_TIMEOUT_MS, c.GATEWAY_CONNECT_TIMEOUT_MS],
    ["a webhook has more time than its connect", c.WEBHOOK_TOTAL_TIMEOUT_MS, c.WEBHOOK_CONNECT_TIMEOUT_MS],
    ["a case opens only after the time in which a re-send is safe", c.UNKNOWN_CASE_AFTER_MS, c.RESEND_WITHIN_MS],
    ["a process is stale only after it missed two beats", c.HEARTBEAT_STALE_MS, 2 * c.HEARTBEAT_MS],
    ["a statement may wait for a lock and still run", c.STATEMENT_TIMEOUT_MS, c.LOCK_TIMEOUT_MS],
    ["a connection that does not open leaves time for another try", c.POOL_WAIT_MS, 2 * c.CONNECT_WAIT_MS],
    ["a database that is silent is told before a synchronous answer is", c.SYNC_WAIT_MS, c.POOL_WAIT_MS],
    ["an early gateway event is tried many times before it is a case", c.UNMATCHED_EVENT_PATIENCE_MS, 10 * c.UNMATCHED_EVENT_GAP_MS],
    ["a hold is voided before it lapses with time for retries", c.AUTHORIZATION_MARGIN_MS, 10 * c.MONEY_LEASE_MS],
    ["more payments may be under way than one lane may take", c.WORKER_SLOTS, 2 * c.LANE_LIMIT_ACCOUNT],
    ["the queue of a full database holds several batches", c.BATCH_QUEUE_MAX, c.BATCH_MAX * c.BATCHES_IN_FLIGHT],
    ["an answer is kept at least as long as a created payment may wait", c.IDEMPOTENCY_ANSWER_MS, c.CREATED_EXPIRES_AFTER_MS],
  ])("%s", (_, larger, smaller) => {
    expect(larger).toBeGreaterThanOrEqual(smaller);
  });

  it("a synchronous caller is answered before the gateway call must end, and polls much faster than that", () => {
    expect(c.SYNC_WAIT_MS).toBeLessThan(c.GATEWAY_MONEY_TIMEOUT_MS);
    expect(c.SYNC_POLL_MS * 10).toBeLessThan(c.SYNC_WAIT_MS);
  });

  it("an amount is exact, and so is the sum of thousands of them", () => {
    expect(Number.isSafeInteger(c.AMOUNT_MAX * 5_000)).toBe(true);
    expect(c.AMOUNT_MAX).toBe(999_999_999_999);
  });

  it("a not found must be said more than once", () => {
    expect(c.NOT_FOUND_NEEDED).toBeGreaterThanOrEqual(2);
  });

  it("every schedule is in whole milliseconds and never goes back in time", () => {
    for (const schedule of [
      c.QUESTION_SCHEDULE_MS,
      c.NOT_SENT_GAPS_MS,
      c.JOB_RETRY_GAPS_MS,
      c.WEBHOOK_SCHEDULE_MS,
      c.WEBHOOK_TEST_SCHEDULE_MS,
    ]) {
      expect(schedule.every((gap) => Number.isInteger(gap) && gap >= 0)).toBe(true);
    }
  });

  it("shares are shares", () => {
    for (const share of [c.WEBHOOK_JITTER, c.IDEMPOTENCY_HORIZON_SHARE]) expect(share > 0 && share < 1).toBe(true);
  });

  it("every figure is a number above nothing", () => {
    for (const value of Object.values(constants)) {
      if (typeof value === "number") expect(value).toBeGreaterThan(0);
    }
  });
});
