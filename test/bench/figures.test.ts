/** The bench's arithmetic and words: a figure that is wrong is worse than none. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { alternate, median } from "../../bench/compare.mjs";
import { readOptions } from "../../bench/options.mjs";
import { comparison, figuresOf, table, writeDocs } from "../../bench/report.mjs";
import { cpuUs, peakMemoryMb, postgresCpuUs, startMeter } from "../../bench/usage.mjs";

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

describe("runs in turn", () => {
  function measure(references: readonly number[] | null, ...sides: readonly (readonly number[])[]) {
    const order: string[] = [];
    const [rs, left] = [[...(references ?? [])], sides.map((side) => [...side])];
    const reference = references && (async () => (order.push("R"), rs.shift()));
    const checkpoint = async () => void order.push("checkpoint");
    const runs = left.map((perSecond, index) => async () => (order.push(["ours", "theirs"][index]!), { perSecond: perSecond.shift() }));
    return { order, rows: alternate({ pairs: sides[0]!.length, sides: runs, reference, checkpoint, say: () => undefined }) };
  }

  it("are set against what R did right before and right after", async () => {
    const { rows } = measure([1_000, 2_000, 3_000], [1_500, 5_000]);
    expect(await rows).toEqual([
      { samples: [{ perSecond: 1_500 }], r: 1_500 },
      { samples: [{ perSecond: 5_000 }], r: 2_500 },
    ]);
  });

  it("start behind a checkpoint each, and each side is the first in turn", async () => {
    const { order, rows } = measure(null, [1, 2], [3, 4]);
    expect(await rows).toEqual([
      { samples: [{ perSecond: 1 }, { perSecond: 3 }], r: null },
      { samples: [{ perSecond: 2 }, { perSecond: 4 }], r: null },
    ]);
    expect(order.filter((_, at) => at % 2 === 0)).toEqual(Array.from({ length: 4 }, () => "checkpoint"));
    expect(order.filter((step) => step !== "checkpoint")).toEqual(["ours", "theirs", "theirs", "ours"]);
  });
});

describe("options", () => {
  it("have defaults, and take given values", () => {
    expect(readOptions([])).toMatchObject({
      only: ["accept", "terminal", "delivered"],
      loads: ["full", "steady"],
      pairs: 5,
      seconds: 4,
      connections: 64,
      rate: 50,
      emptyStats: false,
      write: false,
    });
    expect(readOptions(["--against", "HEAD~1", "--only", "accept", "--pairs", "2", "--json"])).toMatchObject({
      against: "HEAD~1",
      only: ["accept"],
      pairs: 2,
      json: true,
    });
    expect(readOptions(["--empty-stats"])).toMatchObject({ emptyStats: true, loads: ["full"], pairs: 3, seconds: 10 });
  });

  it.each([
    [["--only", "accept,speed"], '--only knows accept, terminal, delivered, not "speed"'],
    [["--only", ""], '--only knows accept, terminal, delivered, not ""'],
    [["--pairs", "0"], '--pairs must be a whole number from 1, not "0"'],
    [["--seconds", "1.5"], '--seconds must be a whole number from 1, not "1.5"'],
    [["--loads", "half"], '--loads knows full, steady, not "half"'],
    [["--empty-stats", "--against", "HEAD"], "--empty-stats compares this build with itself: leave --against out"],
    [["--connections", "many"], '--connections must be a whole number from 1, not "many"'],
  ])("%j are refused in one line", (argv, message) => expect(() => readOptions(argv)).toThrow(message));

  it("that nobody knows are refused", () => expect(() => readOptions(["--fast"])).toThrow(/--fast/));
});

const sample = (perSecond: number, us: number | null = 100) => ({ perSecond, nodeUs: us, postgresUs: us, p50Ms: 2, p99Ms: 9.5 });
const options = { pairs: 2, seconds: 4, connections: 64, rate: 50 };
const figures = (measured: object, labels = ["this build", "abc1234"]) => figuresOf(measured, { options, labels, postgres: "18.4" });
const against = figures({
  accept: {
    full: [
      { samples: [sample(1_250), sample(1_000)], r: 1_000 },
      { samples: [sample(1_350), sample(1_500)], r: 1_000 },
      { samples: [sample(1_300), sample(1_250)], r: 1_000 },
    ],
    steady: [{ samples: [sample(50, 1_000), sample(50, 900)], r: null }],
    peakMemoryMb: [150.4, 160.1],
  },
});
const alone = figures({ accept: { full: [{ samples: [sample(10, null)], r: null }], peakMemoryMb: [null] } }, ["this build"]);

describe("the report", () => {
  it("takes medians of each side, rounds them, and leaves figures null that were not measured", () => {
    expect(against.results[0]).toMatchObject({ figure: "accept", load: "full", r_per_s: 1_000, rate_ratios: [1.25, 0.9, 1.04] });
    expect(against.results[0].sides).toEqual([
      { label: "this build", per_s: 1_300, per_r: 1.3, node_us: 100, postgres_us: 100, p50_ms: 2, p99_ms: 9.5, peak_mb: 150 },
      { label: "abc1234", per_s: 1_250, per_r: 1.25, node_us: 100, postgres_us: 100, p50_ms: 2, p99_ms: 9.5, peak_mb: 160 },
    ]);
    expect(alone.results[0]).toMatchObject({
      r_per_s: null,
      rate_ratios: [null],
      cpu_ratios: [null],
      sides: [{ per_r: null, node_us: null }],
    });
  });

  it("shows one line per figure, load and side, in columns", () => {
    const lines = table(against).split("\n");
    expect(lines[1]).toMatch(/^POST \/v1\/payments, full load +this build +1300 +1\.30 +100 +100 +2\.0 +9\.5 +150$/);
    expect(lines[4]).toMatch(/^POST \/v1\/payments, 50\/s +abc1234 +50 +- +900 +900 +2\.0 +9\.5 +160$/);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it("compares rates at full load and CPU at the steady one, both above 1 if the first side is better, and names the lowest", () => {
    expect(comparison(against).split("\n")).toEqual([
      "accept, full load: rate 1.04 (1.25 0.90 1.04); CPU 1.00",
      "accept, 50/s: CPU 0.90 (0.90)",
      "Lowest: 0.90 (accept, 50/s: CPU). Above 1 the first side is better.",
    ]);
    expect(comparison(alone)).toBe("");
  });

  it("replaces the marked block of a page and nothing else", () => {
    const file = page("# Speed\n\n<!-- figures: written by `npm run bench -- --write` -->\nold\n<!-- end of figures -->\n\nAfter.\n");
    writeDocs(against, file);
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/^# Speed\n\n<!-- figures/);
    expect(text).toMatch(/<!-- end of figures -->\n\nAfter\.\n$/);
    expect(text).toContain("| POST /v1/payments, full load | this build | 1300 | 1.30 | 100 | 100 | 2.0 | 9.5 | 150 |");
    expect(text).toContain("Lowest: 0.90");
    expect(text).not.toContain("old");
    const before = text;
    writeDocs(against, file);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("refuses a page without the marks, and leaves it as it is", () => {
    const file = page("# Speed\n");
    expect(() => writeDocs(against, file)).toThrow(/has no marked block/);
    expect(readFileSync(file, "utf8")).toBe("# Speed\n");
  });
});

/** Uses 20 ms of CPU: on a busy machine that takes longer. */
function burn(): void {
  const before = process.cpuUsage();
  while (usedUs(before) < 20_000);
}

function usedUs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

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
    burn();
    expect(cpuUs(process.pid)! - before).toBeGreaterThanOrEqual(10_000);
    expect(peakMemoryMb(process.pid)!).toBeGreaterThan(process.memoryUsage().rss / 1_048_576 / 4);
  });

  it("is given per payment, since the meter was started", () => {
    const used = startMeter({ nodePid: process.pid, postgresPid: 2 ** 30 });
    burn();
    const { nodeUs, postgresUs } = used(10);
    expect(nodeUs! * 10).toBeGreaterThanOrEqual(10_000);
    expect(postgresUs).toBeNull();
  });

  it("of a tree counts the children too", () => {
    expect(postgresCpuUs(process.ppid)!).toBeGreaterThanOrEqual(cpuUs(process.pid)!);
  });

  it("is not known of one that is gone", () => {
    expect([cpuUs(2 ** 30), postgresCpuUs(2 ** 30), peakMemoryMb(2 ** 30)]).toEqual([null, null, null]);
  });
});
