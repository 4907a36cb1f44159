/** The bench's arithmetic and words: a figure that is wrong is worse than none. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readOptions } from "../../bench/options.mjs";
import { alternate, median } from "../../bench/pairs.mjs";
import { figuresOf, table, writeDocs } from "../../bench/report.mjs";
import { cpuUs, peakMemoryMb, postgresCpuUs } from "../../bench/usage.mjs";

const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

describe("the median", () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 9, 100, 1], 9.5],
    [[null, 4, undefined, 2], 3],
    [[2, 10], 6],
    [[], null],
    [[null], null],
  ])("of %j is %s", (values, expected) => expect(median(values)).toBe(expected));
});

describe("runs beside pgbench", () => {
  function measure(reference: readonly number[] | null, own: readonly number[]) {
    const order: string[] = [];
    const [references, owns] = [[...(reference ?? [])], [...own]];
    const pgbench = reference && (async () => (order.push("P"), references.shift()));
    const ours = async () => (order.push("ours"), { perSecond: owns.shift(), p50Ms: 1 });
    const checkpoint = async () => void order.push("checkpoint");
    const said: string[] = [];
    const say = (line: string) => said.push(line);
    return { order, said, rows: alternate({ name: "accept", pairs: own.length, seconds: 5, pgbench, ours, checkpoint, say }) };
  }

  it("are divided by what P did right before and right after, each behind a checkpoint", async () => {
    const { order, said, rows } = measure([1_000, 2_000, 3_000], [1_500, 5_000]);
    expect(await rows).toEqual([
      { perSecond: 1_500, p50Ms: 1, p: 1_500, ratio: 1 },
      { perSecond: 5_000, p50Ms: 1, p: 2_500, ratio: 2 },
    ]);
    expect(order.filter((step) => step !== "checkpoint")).toEqual(["P", "ours", "P", "ours", "P"]);
    expect(order.filter((_, at) => at % 2 === 0)).toEqual(Array.from({ length: 5 }, () => "checkpoint"));
    expect(said[1]).toBe("accept 2/2: 5000/s, P 2000 and 3000/s, ratio 2.00");
  });

  it("have no ratio where there is no pgbench", async () => {
    const { said, rows } = measure(null, [1_500]);
    expect(await rows).toEqual([{ perSecond: 1_500, p50Ms: 1, p: null, ratio: null }]);
    expect(said).toEqual(["accept 1/1: 1500/s"]);
  });
});

describe("options", () => {
  it("have defaults, and take what they are given", () => {
    expect(readOptions([])).toMatchObject({
      only: ["accept", "terminal", "delivered"],
      pairs: 5,
      seconds: 5,
      connections: 64,
      write: false,
    });
    expect(readOptions(["--only", "accept", "--pairs", "2", "--json"])).toMatchObject({ only: ["accept"], pairs: 2, json: true });
  });

  it.each([
    [["--only", "accept,speed"], '--only knows accept, terminal, delivered, not "speed"'],
    [["--only", ""], '--only knows accept, terminal, delivered, not ""'],
    [["--pairs", "0"], '--pairs must be a whole number from 1, not "0"'],
    [["--seconds", "1.5"], '--seconds must be a whole number from 1, not "1.5"'],
    [["--connections", "many"], '--connections must be a whole number from 1, not "many"'],
  ])("%j are refused in one line", (argv, message) => expect(() => readOptions(argv)).toThrow(message));

  it("that nobody knows are refused", () => expect(() => readOptions(["--fast"])).toThrow(/--fast/));
});

const row = (ratio: number | null, perSecond: number) => ({
  perSecond,
  p: 1_000,
  ratio,
  p50Ms: 2,
  p99Ms: 9.5,
  nodeUs: 310,
  postgresUs: null,
});
const options = { pairs: 2, seconds: 5, connections: 64 };
const measured = {
  accept: { rows: [row(1.25, 1_250), row(1.35, 1_350)], peakMemoryMb: 150.4 },
  terminal: { rows: [row(0.38, 380), row(0.4, 400)], peakMemoryMb: 305.2 },
};

describe("the report", () => {
  it("takes medians, rounds them, and leaves null what was not measured", () => {
    expect(figuresOf(measured, { options, postgres: "18.1" })).toMatchObject({
      accept_per_p: 1.3,
      terminal_per_p: 0.39,
      delivered_per_p: null,
      accept_per_s: 1_300,
      p_per_s: 1_000,
      accept_p99_ms: 9.5,
      accept_postgres_us: null,
      memory_mb: 305,
      accept_memory_mb: 150,
      postgres: "18.1",
    });
  });

  it("says of each target whether it was reached, and of none that it was where nothing was measured", () => {
    const shown = (given: object) =>
      table(given, figuresOf(given, { options, postgres: "18.1" }))
        .trim()
        .split("\n")
        .slice(-3);
    expect(shown(measured)).toEqual([
      "accept_per_p: 1.3 (at least 1.2) reached",
      "terminal_per_p: 0.39 (at least 0.4) NOT reached",
      "memory_mb: 305 (at most 250) NOT reached",
    ]);
    expect(shown({ accept: { rows: [row(null, 10)], peakMemoryMb: null } })).toEqual([
      "accept_per_p: not measured",
      "terminal_per_p: not measured",
      "memory_mb: not measured",
    ]);
  });

  it("shows each pair, then the median, in columns", () => {
    const lines = table(measured, figuresOf(measured, { options, postgres: "18.1" })).split("\n");
    expect(lines[3]).toMatch(/^accept, median +1300 +1000 +1\.30 +2\.0 +9\.5 +310 +-$/);
    expect(new Set(lines.slice(0, 7).map((line) => line.length)).size).toBe(1);
  });

  it("replaces the marked block of a page and nothing else", () => {
    const file = page("# Speed\n\n<!-- figures: written by `npm run bench -- --write` -->\nold\n<!-- end of figures -->\n\nAfter.\n");
    writeDocs(measured, figuresOf(measured, { options, postgres: "18.1" }), file);
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/^# Speed\n\n<!-- figures/);
    expect(text).toMatch(/<!-- end of figures -->\n\nAfter\.\n$/);
    expect(text).toContain("| POST /v1/payments | 1300 | 1000 | 1.30 | 1.25 1.35 | 2.0 / 9.5 | 310 / - |");
    expect(text).not.toContain("old");
    const before = text;
    writeDocs(measured, figuresOf(measured, { options, postgres: "18.1" }), file);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("refuses a page without the marks, and leaves it as it is", () => {
    const file = page("# Speed\n");
    expect(() => writeDocs(measured, figuresOf(measured, { options, postgres: "18.1" }), file)).toThrow(/has no marked block/);
    expect(readFileSync(file, "utf8")).toBe("# Speed\n");
  });
});

function page(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), "tillway bench "));
  made.push(directory);
  const file = join(directory, "performance.md");
  writeFileSync(file, text);
  return file;
}

describe.runIf(process.platform === "linux")("what a process used", () => {
  it("is its CPU, which only grows, and its peak of memory", () => {
    const before = cpuUs(process.pid)!;
    for (const endsAt = performance.now() + 60; performance.now() < endsAt;);
    expect(cpuUs(process.pid)! - before).toBeGreaterThanOrEqual(10_000);
    expect(peakMemoryMb(process.pid)!).toBeGreaterThan(process.memoryUsage().rss / 1_048_576 / 4);
  });

  it("of a tree counts the children too", () => {
    expect(postgresCpuUs(process.ppid)!).toBeGreaterThanOrEqual(cpuUs(process.pid)!);
  });

  it("is not known of one that is gone", () => {
    expect([cpuUs(2 ** 30), postgresCpuUs(2 ** 30), peakMemoryMb(2 ** 30)]).toEqual([null, null, null]);
  });
});
