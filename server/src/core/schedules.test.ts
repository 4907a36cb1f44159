import { describe, expect, it } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../test/support/flows/rows.ts";
import { JOB_RETRY_GAPS_MS, JOB_TRIES_MAX, NOT_SENT_GAPS_MS, WEBHOOK_SCHEDULE_MS, WEBHOOK_TEST_SCHEDULE_MS } from "./constants.ts";
import { nextDeliveryAt, nextJobRunAt, nextQuestionAt, nextSendAt } from "./schedules.ts";

const NOW = 1_000_000;

describe("questions about an unknown outcome", () => {
  it("come quickly at first, then ever more patiently, then daily for ever", () => {
    const gaps = Array.from({ length: 56 }, (_, asked) => nextQuestionAt(NOW, asked) - NOW);
    expect(gaps.slice(0, 7)).toEqual([5 * SECOND, 15 * SECOND, 45 * SECOND, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE]);
    expect(gaps.slice(7, 30).every((gap) => gap === HOUR)).toBe(true);
    expect(gaps.slice(30, 54).every((gap) => gap === 6 * HOUR)).toBe(true);
    expect(gaps.slice(54)).toEqual([DAY, DAY]);
    expect(nextQuestionAt(NOW, 10_000)).toBe(NOW + DAY);
  });

  it("are hourly until about a day has passed, and six-hourly until about a week has", () => {
    const sum = (count: number) => Array.from({ length: count }, (_, asked) => nextQuestionAt(0, asked)).reduce((total, gap) => total + gap, 0);
    expect(sum(30) / DAY).toBeCloseTo(1, 1);
    expect(sum(54) / DAY).toBeCloseTo(7, 1);
  });

  it("never become rarer by turning back", () => {
    for (let asked = 1; asked < 100; asked++) expect(nextQuestionAt(0, asked)).toBeGreaterThanOrEqual(nextQuestionAt(0, asked - 1));
  });
});

describe("a request that never left", () => {
  it.each(NOT_SENT_GAPS_MS.map((gap, index) => [index + 1, gap]))("after send %s is tried again %s ms later", (sends, gap) => {
    expect(nextSendAt(NOW, sends!)).toBe(NOW + gap!);
  });

  it("is given up after that, some minutes later", () => {
    expect(nextSendAt(NOW, NOT_SENT_GAPS_MS.length + 1)).toBeNull();
    expect(NOT_SENT_GAPS_MS.reduce((sum, gap) => sum + gap, 0)).toBeGreaterThan(2 * MINUTE);
  });
});

describe("a job whose handler threw", () => {
  it.each([
    [1, 1 * SECOND],
    [2, 5 * SECOND],
    [3, 15 * SECOND],
    [4, MINUTE],
    [5, 5 * MINUTE],
    [6, 15 * MINUTE],
    [7, HOUR],
    [8, HOUR],
    [500, HOUR],
  ])("after try %s is run again %s ms later", (tries, gap) => {
    expect(nextJobRunAt(NOW, tries)).toBe(NOW + gap);
  });

  it("has a gap of its own before every try that it may have", () => {
    expect(JOB_RETRY_GAPS_MS).toHaveLength(JOB_TRIES_MAX - 1);
  });
});

describe("a delivery", () => {
  it.each([
    [1, MINUTE],
    [2, 5 * MINUTE],
    [3, 30 * MINUTE],
    [4, 2 * HOUR],
  ])("that failed try %s is tried again %s ms later", (tries, gap) => {
    expect(nextDeliveryAt(NOW, tries, { gapsMs: WEBHOOK_SCHEDULE_MS, random: 0.5, retryAfterMs: null })).toBe(NOW + gap);
  });

  it("has five tries", () => {
    expect(nextDeliveryAt(NOW, 5, { gapsMs: WEBHOOK_SCHEDULE_MS, random: 0.5, retryAfterMs: null })).toBeNull();
    expect(nextDeliveryAt(NOW, 5, { gapsMs: WEBHOOK_SCHEDULE_MS, random: 0.5, retryAfterMs: HOUR })).toBeNull();
  });

  it.each([
    [0, 54 * SECOND],
    [0.25, 57 * SECOND],
    [0.5, 60 * SECOND],
    [0.999_999_9, 66 * SECOND],
  ])("spreads by a tenth: with chance %s a minute becomes %s ms", (random, gap) => {
    expect(nextDeliveryAt(NOW, 1, { gapsMs: WEBHOOK_SCHEDULE_MS, random, retryAfterMs: null })).toBe(NOW + gap);
  });

  it.each([
    ["longer than the gap", 10 * MINUTE, 10 * MINUTE],
    ["shorter than the gap", 1 * SECOND, MINUTE],
  ])("honours a Retry-After that is %s", (_, retryAfterMs, gap) => {
    expect(nextDeliveryAt(NOW, 1, { gapsMs: WEBHOOK_SCHEDULE_MS, random: 0.5, retryAfterMs })).toBe(NOW + gap);
  });

  it("ends its whole cycle within a minute while testing", () => {
    expect(WEBHOOK_TEST_SCHEDULE_MS).toHaveLength(WEBHOOK_SCHEDULE_MS.length);
    expect(WEBHOOK_TEST_SCHEDULE_MS.reduce((sum, gap) => sum + gap, 0)).toBeLessThanOrEqual(MINUTE);
  });
});
