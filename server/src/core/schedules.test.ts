import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../../test/support/flows/rows.ts";
import {
  JOB_RETRY_GAPS_MS,
  JOB_CASE_AFTER_TRIES,
  NOT_SENT_GAPS_MS,
  QUESTION_LAST_GAP_MS,
  QUESTION_SCHEDULE_MS,
  RETRY_AFTER_MAX_MS,
  WEBHOOK_JITTER,
  WEBHOOK_SCHEDULE_MS,
  WEBHOOK_TEST_SCHEDULE_MS,
} from "./constants.ts";
import { nextDeliveryAt, nextJobRunAt, nextQuestionAt, nextSendAt } from "./schedules.ts";

const NOW = 1_000_000;

/** The next gap of an attempt whose earlier questions all came in time. */
function gapAfter(asked: number): number {
  const age = Array.from({ length: asked }, (_, n) => QUESTION_SCHEDULE_MS[n] ?? DAY).reduce((sum, gap) => sum + gap, 0);
  return nextQuestionAt(age, asked, 0) - age;
}

describe("questions about an unknown outcome", () => {
  it("come quickly at first, then ever more patiently, then daily for ever", () => {
    const gaps = Array.from({ length: 56 }, (_, asked) => gapAfter(asked));
    expect(gaps.slice(0, 7)).toEqual([5 * SECOND, 15 * SECOND, 45 * SECOND, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE]);
    expect(gaps.slice(7, 30).every((gap) => gap === HOUR)).toBe(true);
    expect(gaps.slice(30, 54).every((gap) => gap === 6 * HOUR)).toBe(true);
    expect(gaps.slice(54)).toEqual([DAY, DAY]);
    expect(nextQuestionAt(1_000 * DAY, 10_000, 0)).toBe(1_001 * DAY);
  });

  it("are hourly for the first day and six-hourly for the first week", () => {
    const sum = (count: number) => Array.from({ length: count }, (_, asked) => gapAfter(asked)).reduce((total, gap) => total + gap, 0);
    expect(sum(30) / DAY).toBeCloseTo(1, 1);
    expect(sum(54) / DAY).toBeCloseTo(7, 1);
  });

  it("follow the age of the attempt where its askers died, so that many questions in vain do not make it wait", () => {
    expect(nextQuestionAt(60 * SECOND, 9, 0)).toBe(65 * SECOND);
  });

  it("follow the count where nobody could ask for long, so that an old attempt is asked about quickly", () => {
    expect(nextQuestionAt(3 * HOUR, 0, 0)).toBe(3 * HOUR + 5 * SECOND);
  });

  it("are never closer than five seconds", () => {
    expect(nextQuestionAt(64 * SECOND, 9, 0)).toBe(69 * SECOND);
  });

  it("have an end in sight whatever was asked and however old the attempt is: within a day, and never in the past", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(400 * DAY), (asked, age) => {
        const gap = nextQuestionAt(NOW, asked, NOW - age) - NOW;
        expect(gap).toBeGreaterThanOrEqual(QUESTION_SCHEDULE_MS[0]!);
        expect(gap).toBeLessThanOrEqual(QUESTION_LAST_GAP_MS);
      }),
    );
  });

  it("come no later for one that was asked about less", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(400 * DAY), (asked, age) => {
        expect(nextQuestionAt(NOW, asked, NOW - age)).toBeLessThanOrEqual(nextQuestionAt(NOW, asked + 1, NOW - age));
      }),
    );
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
    expect(JOB_RETRY_GAPS_MS).toHaveLength(JOB_CASE_AFTER_TRIES - 1);
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

  it("comes after its gap, less a tenth, whatever chance and the receiver say, and no receiver puts it off for more than an hour", () => {
    const retryAfter = fc.oneof(fc.constant(null), fc.nat(30 * DAY));
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), chance, retryAfter, (tries, random, retryAfterMs) => {
        const [gap, at] = [WEBHOOK_SCHEDULE_MS[tries]!, nextDeliveryAt(NOW, tries, { gapsMs: WEBHOOK_SCHEDULE_MS, random, retryAfterMs })!];
        expect(at - NOW).toBeGreaterThanOrEqual(Math.floor(gap * (1 - WEBHOOK_JITTER)));
        expect(at - NOW).toBeLessThanOrEqual(Math.max(Math.ceil(gap * (1 + WEBHOOK_JITTER)), RETRY_AFTER_MAX_MS));
        expect(Number.isInteger(at)).toBe(true);
      }),
    );
  });

  it("ends its whole cycle within a minute while testing", () => {
    expect(WEBHOOK_TEST_SCHEDULE_MS).toHaveLength(WEBHOOK_SCHEDULE_MS.length);
    expect(WEBHOOK_TEST_SCHEDULE_MS.reduce((sum, gap) => sum + gap, 0)).toBeLessThanOrEqual(MINUTE);
  });
});
