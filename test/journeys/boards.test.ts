/** Every figure that boards, alerts and their tests name is one that the real program shows, with these labels. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { createMetricsPage } from "../../server/src/observe/gauges.ts";
import { createMetrics } from "../../server/src/observe/metrics.ts";
import { sampledServers } from "../support/databases.ts";
import { card } from "./support/merchant.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const deploy = resolve(import.meta.dirname, "../../deploy");
const read = (folder: string) => readdirSync(join(deploy, folder)).map((file) => readFileSync(join(deploy, folder, file), "utf8"));

interface Named {
  readonly name: string;
  readonly labels: readonly { readonly label: string; readonly matches: string; readonly value: string }[];
}

/** What Prometheus adds to each figure, and makes itself. */
const added = new Set(["instance", "job", "alertname"]);
const ofPrometheus = new Set(["up"]);
/** Figures of an engine or a replica, which the program that is started here has not. */
const needsMore = /^tillway_(engine|replica)_/;

function namedIn(expression: string): Named[] {
  return [...expression.matchAll(/\b((?:tillway|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)].map(([, name = "", inside = ""]) => ({
    name,
    labels: [...inside.matchAll(/(\w+)(=~|!=|!~|=)"([^"]*)"/g)].map(([, label = "", matches = "", value = ""]) => ({
      label,
      matches,
      value,
    })),
  }));
}

/** Names after `by` and `on` are labels of the figures of the same expression. */
const groupedBy = (expression: string): string[] =>
  [...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, names = ""]) => names.split(",").map((name) => name.trim()));

const rules = read("prometheus/rules").flatMap((text) => (parse(text) as { groups: { rules: { expr: string }[] }[] }).groups);
const boards = read("grafana/boards").map((text) => JSON.parse(text) as { panels: { targets: { expr: string }[] }[] });
const tests = read("prometheus/tests").flatMap((text) => (parse(text) as { tests: { input_series: { series: string }[] }[] }).tests);
const expressions = [
  ...rules.flatMap((group) => group.rules.map(({ expr }) => expr)),
  ...boards.flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))),
  ...tests.flatMap((test) => test.input_series.map(({ series }) => series)),
];

let stage: Stage;
let live: string;
beforeAll(async () => {
  stage = await openStage(sampledServers()[0]!.url);
  const { client } = await stage.merchant();
  const paid = await client.create(card("4111111111111111"));
  await client.until(paid.json.id, "succeeded");
  await fetch(`${stage.url}/v1/payments`);
  live = await (await fetch(`${stage.url}/metrics`)).text();
});
afterAll(() => stage?.close());

/** The page of a process that has an engine and a replica. */
async function fullPage(): Promise<string> {
  const metrics = await createMetrics({ jobKinds: [], connectors: [] });
  const queues = { "payment-queue": 1, "refund-queue": 0, "webhook-queue": 0 };
  const health = { status: "ok" as const, problem: null, paused: [], messages: queues };
  const page = createMetricsPage(metrics, {
    figures: () => Promise.reject(new Error("not asked here")),
    pools: () => ({}),
    clock: { now: () => 0 },
    engine: { name: "redis", health: async () => health },
    replicas: async () => [{ status: "ok", behindBytes: 0 }],
  });
  return (await page()).text;
}

/** Each figure with the labels that it was shown with, by name. */
function shownOn(page: string): Map<string, Record<string, string>[]> {
  const shown = new Map<string, Record<string, string>[]>();
  for (const [, name = "", inside = ""] of page.matchAll(/^(\w+)(?:\{([^}]*(?:\}[^}]*)*?)\})? \S+$/gm)) {
    const labels = Object.fromEntries([...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", value = ""]) => [label, value]));
    shown.set(name, [...(shown.get(name) ?? []), labels]);
  }
  return shown;
}

it("there are four boards, and ten alerts at least", () => {
  expect(boards).toHaveLength(4);
  expect(rules.flatMap((group) => group.rules).length).toBeGreaterThanOrEqual(10);
});

it("every figure of boards, alerts and tests is shown by the running program, with its labels", async () => {
  const shown = new Map([...shownOn(await fullPage())].filter(([name]) => needsMore.test(name)));
  for (const [name, rows] of shownOn(live)) if (!needsMore.test(name)) shown.set(name, rows);
  const faults = expressions.flatMap((expression) => {
    const named = namedIn(expression).filter(({ name }) => !ofPrometheus.has(name));
    const known = new Set(named.flatMap(({ name }) => (shown.get(name) ?? []).flatMap((labels) => Object.keys(labels))));
    const missing = named.filter(({ name }) => !shown.has(name)).map(({ name }) => `${name} is not shown`);
    const labels = [...named.flatMap((each) => each.labels.map(({ label }) => label)), ...groupedBy(expression)];
    const unknown = labels.filter((label) => label !== "" && !known.has(label) && !added.has(label)).map((label) => `no label ${label}`);
    return [...missing, ...(missing.length === 0 ? unknown : [])].map((fault) => `${fault}: ${expression}`);
  });
  expect(faults).toEqual([]);
});

it("every value that is asked for by name is one that the running program shows", () => {
  const shown = shownOn(live);
  const closed = new Set(["kind", "outcome", "mode", "queue", "invariant", "result", "class", "state", "pool", "operation", "health"]);
  const faults = expressions.flatMap((expression) =>
    namedIn(expression).flatMap(({ name, labels }) =>
      labels
        .filter(({ label }) => closed.has(label) && !needsMore.test(name))
        .flatMap(({ label, value }) => value.split("|").map((each) => ({ label, each })))
        .filter(({ label, each }) => !(shown.get(name) ?? []).some((row) => row[label] === each))
        .map(({ label, each }) => `${name}{${label}="${each}"} is not shown: ${expression}`),
    ),
  );
  expect(faults).toEqual([]);
});
