import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from "vitest";
import { noCounts } from "../simulation/counts.ts";
import { campaignLines, jsonOf, plantedLine, progressLine } from "../simulation/report.ts";
import { runSimulate } from "./simulate.ts";

let printed: MockInstance<typeof console.log>;
beforeEach(() => {
  printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => printed.mockRestore());
const lines = (): string[] => printed.mock.calls.map(([line]) => String(line));

describe("tillway simulate", () => {
  test("replays a seed with its trace and the same hash each time", async () => {
    expect(await runSimulate(["--seed", "4"])).toBe(0);
    expect(await runSimulate(["--seed", "4", "--json"])).toBe(0);
    const json = JSON.parse(lines().at(-1)!) as { trace_hash: string; violations: unknown[] };
    expect(json.violations).toEqual([]);
    expect(lines().join("\n")).toContain(`trace ${json.trace_hash}, 0 violations`);
    expect(lines()[0]).toContain("store.create");
  });

  test("a replayed seed that breaks a rule ends with code 1 and names the rule", async () => {
    expect(await runSimulate(["--seed", "1", "--plant", "delivered-without-sending"])).toBe(1);
    expect(lines().at(-1)).toMatch(/I10 at \d+ ms: .+/);
  });

  test("runs a seed at the gateways that are asked for", async () => {
    expect(await runSimulate(["--seed", "4", "--plant", "new-key-per-send", "--gateways", "stripe+sandbox"])).toBe(1);
    expect(lines().join("\n")).toContain("v1/payment_intents");
  });

  test.each([
    [["--seeds", "0"]],
    [["--gateways", "bank"]],
    [["--gateways", "stripe+stripe"]],
    [["--seed=-1"]],
    [["--from", "x"]],
    [["--seeds", "1.5"]],
    [["--plant", "none"]],
  ])("refuses %j with one line and its cure", async (argv) => {
    await expect(runSimulate(argv)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(/must be a whole number|There are:|must be drawn, two, or/) as string,
    });
  });
});

describe("its report", () => {
  const broken = Array.from({ length: 12 }, (_, n) => ({ seed: n + 7, violations: [{ invariant: "I1", explanation: "twice", atMs: 5 }] }));
  const run = {
    result: { counts: { ...noCounts(), seeds: 100, payments: 700, faults: { "store:lost": 3 } }, broken, busyMs: 4_000 },
    from: 1,
    wallMs: 30_000,
    threads: 2,
  };

  test("prints the command that replays each broken seed, the first ten of them", () => {
    const text = campaignLines(run).join("\n");
    expect(text).toContain("replay: npx tillway simulate --seed 7");
    expect(text.match(/replay:/g)).toHaveLength(10);
    expect(text).toContain("… and 2 more seeds");
    expect(campaignLines({ ...run, gateways: ["stripe", "sandbox"] }).join("\n")).toContain("--seed 7 --gateways stripe+sandbox");
    expect(campaignLines({ ...run, gateways: "drawn" }).join("\n")).not.toContain("--gateways");
    expect(campaignLines({ ...run, plant: "no-outbox" }).join("\n")).toContain("--seed 7 --plant no-outbox");
  });

  test("is one object of figures for machines", () => {
    expect(jsonOf(run)).toMatchObject({
      seeds: 100,
      payments: 700,
      violations: 12,
      busy_ms_per_seed: 40,
      seeds_per_minute: 200,
      faults: { "store:lost": 3 },
    });
  });

  test("shows honestly that a planted bug was not caught", () => {
    const plant = { name: "x", why: "Because." };
    expect(plantedLine({ plant, first: null, seeds: 2_000 })).toContain("NOT CAUGHT 2000 seeds");
    expect(plantedLine({ plant, first: broken[0]!, seeds: 7 })).toContain("caught by seed 7 (I1: twice)");
    expect(plantedLine({ plant: { ...plant, harmless: true }, first: null, seeds: 2_000 })).toContain("harmless, as expected");
  });
});

test("a progress line is not written more often than its output can bear", () => {
  const written: string[] = [];
  const line = progressLine({ isTTY: true, write: (text) => written.push(text) });
  for (let i = 0; i < 100; i++) line.show(`step ${i}`);
  line.clear();
  expect(written).toEqual([]);
});
