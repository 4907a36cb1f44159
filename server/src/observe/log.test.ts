import { describe, expect, it, vi } from "vitest";
import type { LogLevel } from "../core/ports/world.ts";
import { createLog, EQUAL_LINES_MAX, REPEATS_EVERY_MS } from "./log.ts";

function collecting(level: LogLevel, fields?: Record<string, unknown>) {
  const lines: string[] = [];
  return { lines, log: createLog({ level, destination: { write: (line) => void lines.push(line) }, fields }) };
}

describe("the log", () => {
  it("writes equal warnings a few times and then counts them, whichever request they belong to (F4)", () => {
    vi.useFakeTimers();
    const { lines, log } = collecting("info");
    for (let n = 0; n < 34_072; n++)
      log.warn({ request_id: `req_${n}`, reason: "the database refuses for now (53100)" }, "store unavailable");
    log.warn({ reason: "no connection to the database" }, "store unavailable");
    expect(lines).toHaveLength(EQUAL_LINES_MAX + 1);
    vi.advanceTimersByTime(REPEATS_EVERY_MS);
    expect(lines).toHaveLength(EQUAL_LINES_MAX + 2);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ level: "warn", msg: "store unavailable", repeated: 34_072 - EQUAL_LINES_MAX });
    for (let n = 0; n < EQUAL_LINES_MAX + 1; n++) log.error({ error: "x" }, "again");
    log.flush();
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ msg: "again", repeated: 1 });
    vi.useRealTimers();
  });

  it("writes warnings that differ, and every info", () => {
    const { lines, log } = collecting("info");
    for (let n = 0; n < 50; n++) log.warn({ payment_id: `pay_${n}` }, "a job is past its deadline");
    for (let n = 0; n < 50; n++) log.info({}, "request");
    expect(lines).toHaveLength(100);
  });

  it("writes one JSON line with level, ISO time, fields and message", () => {
    const { lines, log } = collecting("info", { role: "api" });
    log.info({ paymentId: "pay_1" }, "created");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(lines[0]!)).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      role: "api",
      paymentId: "pay_1",
      msg: "created",
    });
  });

  it.each([
    ["info", 3],
    ["warn", 2],
    ["error", 1],
    ["silent", 0],
  ] as const)("at level %s writes %d of three lines", (level, expected) => {
    const { lines, log } = collecting(level);
    log.info({}, "a");
    log.warn({}, "b");
    log.error({}, "c");
    expect(lines).toHaveLength(expected);
  });

  it("takes secrets and card numbers out of fields and message, whatever is logged", () => {
    const { lines, log } = collecting("info");
    log.error(
      { apiSecret: "hidden-1", deep: { note: "4242 4242 4242 4242" }, error: new Error("sk_test_hidden2") },
      "card 4242424242424242",
    );
    expect(lines[0]).not.toMatch(/hidden|4242/);
  });

  it("keeps a line break of a value inside its line", () => {
    const { lines, log } = collecting("info");
    log.info({ a: 'x\n{"level":"error"}' }, "m\nn");
    expect(lines[0]!.trimEnd().split("\n")).toHaveLength(1);
  });

  it("does not throw for values that JSON cannot hold", () => {
    const { lines, log } = collecting("info");
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    log.info(circle, "a");
    log.info(
      {
        big: 1n,
        get bad() {
          throw new Error("x");
        },
      },
      "b",
    );
    expect(lines).toHaveLength(2);
    log.flush();
  });

  it("writes of a request and a job only the members that are meant for it, and these searched for secrets", () => {
    const { lines, log } = collecting("info", { role: "api" });
    log.info({ request_id: "req_01KAJ7Q2XKZ3V9M4T8RBN5CHWE", status: 201, body: "amount", aborted: true, method: undefined }, "request");
    log.info({ job_id: 'j"\n', trace_id: "4111111111111111", duration_ms: 1.5, tries: Number.NaN, queue: "sk_test_abcdefghijkl" }, "job");
    const [request, job] = lines.map((line) => JSON.parse(line));
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(request).toEqual({
      level: "info",
      time,
      role: "api",
      request_id: "req_01KAJ7Q2XKZ3V9M4T8RBN5CHWE",
      status: 201,
      aborted: true,
      msg: "request",
    });
    expect(job).toEqual({
      level: "info",
      time,
      role: "api",
      job_id: 'j"\n',
      trace_id: "[card number]",
      queue: expect.not.stringContaining("abcdefghijkl"),
      duration_ms: 1.5,
      msg: "job",
    });
    expect(lines.every((line) => line.trimEnd().split("\n").length === 1)).toBe(true);
  });

  it.each(["warn", "error", "silent"] as const)("writes none of them at level %s", (level) => {
    const { lines, log } = collecting(level);
    log.info({ status: 200 }, "request");
    expect(lines).toEqual([]);
  });
});
