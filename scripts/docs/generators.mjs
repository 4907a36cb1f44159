import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rings } from "../check/rings-table.mjs";
import { dashboardRoutesTable, permissionsTable } from "./dashboard.mjs";
import { methodsText } from "./methods.mjs";
import { sdkEvents, sdkFiles } from "./sdk.mjs";
import { securityTable } from "./security.mjs";

/**
 * The parts of the documents that come from the code. A block stands in a document between `<!-- generated:NAME -->` and `<!-- /generated -->`.
 * Everything is read from the build, because Node 20 cannot run TypeScript.
 * @type {Readonly<Record<string, (root: string) => Promise<string>>>}
 */
export const blocks = {
  ...Object.fromEntries(
    ["payment", "order", "attempt", "refund", "delivery", "case"].map((name) => [
      `states-${name}`,
      async (/** @type {string} */ root) => stateChart((await built(root, "core/states.js"))[`${name}Machine`]),
    ]),
  ),
  rings: async () => ringsTable(),
  decisions: async (root) => decisionsTable(root),
  errors: async (root) =>
    errorsTable((await built(root, "core/errors.js")).errorTable, (await built(root, "core/error-help.js")).errorHelp),
  events: async (root) => eventsTable((await built(root, "core/events.js")).eventTypes),
  "retry-schedules": async (root) => schedulesTable(await built(root, "core/constants.js")),
  failures: async (root) =>
    failuresTable((await built(root, "core/errors.js")).failureTable, (await built(root, "core/error-help.js")).failureCures),
  declines: async (root) => declinesTable((await built(root, "connectors/declines.js")).declineMessages),
  "api-changes": async (root) => changesTable((await built(root, "api/versions/index.js")).changes),
  cases: async (root) => textOf((await built(root, "core/case-kinds.js")).caseKindsMarkdown),
  scenarios: async (root) => {
    const { scenarioMarkdown } = await built(root, "index.js", "sandbox");
    const { testCards } = await built(root, "connectors/sandbox/cards.js");
    return textOf(scenarioMarkdown(testCards));
  },
  "exit-codes": async (root) => textOf((await built(root, "cli/exit-codes.js")).exitCodesMarkdown),
  "client-commands": async (root) => textOf((await built(root, "cli/client/run.js")).nounsMarkdown),
  credentials: async (root) => credentialsTable(await built(root, "connectors/index.js")),
  "payment-methods": async (root) =>
    methodsText((await built(root, "core/methods/table.js")).methodTable, connectorsOf(await built(root, "connectors/index.js"))),
  permissions: async (root) => permissionsTable(await built(root, "core/permissions.js")),
  "dashboard-routes": async (root) => {
    const { versions } = await built(root, "api/versions/index.js");
    return dashboardRoutesTable((await built(root, "dashboard/app.js")).createDashboardApp, { nothing, versions, version: "0.0.0" });
  },
  security: async (root) => securityTable(root),
  configuration: async (root) => textOf((await built(root, "config.js")).configMarkdown),
};

/**
 * Whole files that are generated.
 * @type {Readonly<Record<string, (root: string) => Promise<string>>>}
 */
export const wholeFiles = {
  "docs/openapi.json": openapi,
  "server/src/storage/postgres/hot-statements.sql": async (root) =>
    (await built(root, "storage/postgres/hot-statements.js")).hotStatements(),
  // After the document that they are made from.
  ...Object.fromEntries(Object.entries(sdkFiles).map(([file, make]) => [file, async (/** @type {string} */ root) => make(root)])),
  "sdk/src/generated/events.ts": async (root) => sdkEvents(root, (await built(root, "core/events.js")).eventTypes),
};

/**
 * Whole folders that are generated, file by file.
 * @type {Readonly<Record<string, (root: string) => Promise<Record<string, string>>>>}
 */
export const folders = {
  // After the document that they are made from.
  "docs/events": async (root) => eventSchemas(JSON.parse(readFileSync(join(root, "docs/openapi.json"), "utf8"))),
};

/** A JSON Schema of each event that is sent, whole in itself. @param {any} document */
function eventSchemas(document) {
  return Object.fromEntries(
    Object.entries(document.webhooks).map(([type, { post }]) => {
      const { schema } = post.requestBody.content["application/json"];
      const names = namesIn(schema, document.components.schemas);
      const whole = {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: type,
        description: post.description,
        ...schema,
        $defs: Object.fromEntries(names.map((name) => [name, document.components.schemas[name]])),
      };
      return [`${type}.json`, `${JSON.stringify(whole, null, 2).replaceAll("#/components/schemas/", "#/$defs/")}\n`];
    }),
  );
}

/** The components that a schema refers to, and those that they refer to. @param {any} schema @param {Record<string, any>} components */
function namesIn(schema, components, /** @type {string[]} */ known = []) {
  for (const [, name = ""] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    if (known.includes(name)) continue;
    known.push(name);
    namesIn(components[name], components, known);
  }
  return known;
}

/** @param {string} root @param {string} path below the package's dist @param {string} member @returns {Promise<any>} */
async function built(root, path, member = "server") {
  const file = join(root, member, "dist", path);
  if (!existsSync(file))
    throw new Error(`${member}/dist/${path} is missing: run npm run build, or mend the path in scripts/docs/generators.mjs`);
  return await import(pathToFileURL(file).href);
}

/** @param {unknown} value a text, or a function that gives one */
function textOf(value) {
  const text = typeof value === "function" ? value() : value;
  if (typeof text !== "string" || text === "")
    throw new Error("the build exports no text for this block: mend scripts/docs/generators.mjs");
  return text.trim();
}

/** @param {Record<string, string>} messages */
function declinesTable(messages) {
  const rows = Object.entries(messages).map(([code, message]) => `| \`${code}\` | ${message} |`);
  return ["| `decline_code` | `message` |", "|---|---|", ...rows].join("\n");
}

/** The gaps before each try. @param {{ WEBHOOK_SCHEDULE_MS: number[], WEBHOOK_SCHEDULES_MS: Record<string, number[]> }} constants */
function schedulesTable({ WEBHOOK_SCHEDULE_MS, WEBHOOK_SCHEDULES_MS }) {
  const units = /** @type {const} */ ([
    [3_600_000, "h"],
    [60_000, "min"],
    [1_000, "s"],
  ]);
  const text = (/** @type {number} */ ms) => {
    const [size, unit] = units.find(([size]) => ms >= size) ?? [1_000, "s"];
    return `${ms / size} ${unit}`;
  };
  const rows = Object.entries({ default: WEBHOOK_SCHEDULE_MS, ...WEBHOOK_SCHEDULES_MS }).map(
    ([name, gaps]) => `| \`${name}\` | ${gaps.length} | at once, then after ${gaps.slice(1).map(text).join(", ")} |`,
  );
  return ["| `retry_schedule` | tries | waits |", "|---|---|---|", ...rows].join("\n");
}

/** @param {Record<string, { webhook: boolean, when: string }>} types */
function eventsTable(types) {
  const rows = Object.entries(types).map(
    ([type, { webhook, when }]) =>
      `| ${webhook ? `[\`${type}\`](events/${type}.json)` : `\`${type}\``} | ${webhook ? "yes" : "no"} | ${when} |`,
  );
  return ["| type | webhook | when |", "|---|---|---|", ...rows].join("\n");
}

/** The newest first. @param {{ version: string, summary: string, upgrade: string | null }[]} changes */
function changesTable(changes) {
  const rows = changes.map(({ version, summary, upgrade }) => `| \`${version}\` | ${summary} | ${upgrade ?? "Nothing is to be done."} |`);
  return ["| version | what is different | to upgrade |", "|---|---|---|", ...rows.reverse()].join("\n");
}

/** Each page by number and title. @param {string} root */
function decisionsTable(root) {
  const folder = join(root, "docs/decisions");
  const pages = readdirSync(folder).filter((name) => /^\d{4}-.*\.md$/.test(name));
  const rows = pages.sort().map((name) => {
    const [, number, title] = /^# (\d{4}) (.+)$/m.exec(readFileSync(join(folder, name), "utf8")) ?? [];
    if (number !== name.slice(0, 4)) throw new Error(`docs/decisions/${name} has no title that begins with its number`);
    return `| [${number}](${name}) | ${title} |`;
  });
  const numbers = pages.map((name) => name.slice(0, 4));
  const twice = numbers.find((number, at) => numbers.indexOf(number) !== at);
  if (twice !== undefined) throw new Error(`two pages of docs/decisions have the number ${twice}`);
  return ["| page | what was chosen |", "|---|---|", ...rows].join("\n");
}

/** @typedef {{ states: Record<string, { note: string, terminal: boolean }>, moves: { from: string, to: string, when: string }[] }} Machine */

/** A Mermaid chart of one machine, and the note of each state below it. @param {Machine} machine */
function stateChart(machine) {
  const states = Object.entries(machine.states);
  const groups = alike(machine);
  const box = new Map(groups.flatMap((group) => group.map((name) => [name, group.join("_or_")])));
  const entered = new Set(machine.moves.filter((move) => move.from !== move.to).map((move) => move.to));
  const starts = states.map(([name]) => name).filter((name, at) => at === 0 || !entered.has(name));
  /** @type {Map<string, Set<string>>} */
  const reasons = new Map();
  for (const { from, to, when } of machine.moves) {
    const arrow = `${box.get(from)} --> ${box.get(to)}`;
    reasons.set(arrow, (reasons.get(arrow) ?? new Set()).add(when));
  }
  const ends = new Set(states.filter(([, state]) => state.terminal).map(([name]) => box.get(name)));
  return [
    "```mermaid",
    "stateDiagram-v2",
    ...groups.filter((group) => group.length > 1).map((group) => `  state "${group.join(", ")}" as ${group.join("_or_")}`),
    ...starts.map((name) => `  [*] --> ${box.get(name)}`),
    // A colon or semicolon would end the label.
    ...[...reasons].map(([arrow, whens]) => `  ${arrow}: ${[...whens].join(" / ").replaceAll(/[;:]/g, ",")}`),
    ...[...ends].map((name) => `  ${name} --> [*]`),
    "```",
    "",
    "| state | what it means, and what owns it |",
    "|---|---|",
    ...states.map(([name, state]) => `| \`${name}\` | ${state.note} |`),
  ].join("\n");
}

/** States that are entered and left in the same ways share a box: nine arrows are easier to read than forty. @param {Machine} machine */
function alike({ states, moves }) {
  const ways = (/** @type {string} */ one, /** @type {string} */ other) =>
    moves
      .map(
        ({ from, to, when }) =>
          `${from === one ? "it" : from === other ? "the other" : from} ${to === one ? "it" : to === other ? "the other" : to} ${when}`,
      )
      .filter((way) => /(^| )it /.test(way))
      .sort()
      .join("\n");
  /** @type {string[][]} */
  const groups = [];
  for (const name of Object.keys(states)) {
    const group = groups.find(
      ([first = ""]) => states[first]?.terminal === states[name]?.terminal && ways(first, name) === ways(name, first),
    );
    if (group === undefined) groups.push([name]);
    else group.push(name);
  }
  return groups;
}

function ringsTable() {
  return [
    "| ring | in `server/src` | may import | packages | why |",
    "|---|---|---|---|---|",
    ...rings.map((row) => {
      const may = row.may.length === 0 ? "nothing" : row.may.includes("*") ? "everything below" : row.may.join(", ");
      return `| ${row.ring} | ${row.units.join(", ")} | ${may} | ${row.packages} | ${row.why} |`;
    }),
  ].join("\n");
}

/** @param {Record<string, { status: number, type: string }>} table @param {Record<string, { cause: string, cure: string }>} help */
function errorsTable(table, help) {
  const rows = Object.entries(table).map(
    ([code, { status, type }]) =>
      `| <a id="${code}"></a>\`${code}\` | ${status} \`${type}\` | ${help[code]?.cause} | ${help[code]?.cure} |`,
  );
  return ["| code | status and type | cause | what to do |", "|---|---|---|---|", ...rows].join("\n");
}

/** @param {Record<string, string>} table @param {Record<string, string>} cures */
function failuresTable(table, cures) {
  const rows = Object.entries(table).map(([code, meaning]) => `| <a id="${code}"></a>\`${code}\` | ${meaning} | ${cures[code]} |`);
  return ["| code | meaning | what to do |", "|---|---|---|", ...rows].join("\n");
}

/** Every connector. Opening one calls nobody. @param {any} connectors @returns {any[]} */
function connectorsOf({ openGateways }) {
  const places = new Proxy({}, { get: () => ({ baseUrl: "http://gateway.invalid" }) });
  const opened = openGateways({ places, http: null, clock: null, log: null, webhookBaseUrl: "", isGuess: false });
  return [...opened.values()].map(({ connector }) => connector);
}

/** What each connector declares of its accounts. @param {any} connectors */
function credentialsTable(connectors) {
  const rows = connectorsOf(connectors).flatMap(({ name, accounts }) =>
    (accounts?.credentials ?? []).map((/** @type {any} */ field) => {
      const begins = field.prefixes ? Object.values(field.prefixes).flat() : [];
      const shape = begins.length > 0 ? ` Begins with ${begins.map((prefix) => `\`${prefix}\``).join(", ")}.` : "";
      return `| \`${name}\` | \`${field.name}\` | ${field.isSecret ? "yes" : "no"} | ${field.isOptional ? "no" : "yes"} | ${field.help}${shape} |`;
    }),
  );
  return ["| connector | credential | secret | needed | what it is |", "|---|---|---|---|---|", ...rows].join("\n");
}

/** The document that the API serves, from the same code. Nothing is called while it is put together. @param {string} root */
async function openapi(root) {
  const { createApp } = await built(root, "http/app.js");
  const { mount } = await built(root, "api/mount.js");
  const { version } = JSON.parse(readFileSync(join(root, "server/package.json"), "utf8"));
  const { versions } = await built(root, "api/versions/index.js");
  const random = { bytes: (/** @type {number} */ size) => new Uint8Array(size) };
  const api = {
    flows: { versions },
    reads: nothing,
    health: nothing,
    version,
    siteFolder: "",
    hashKey: new Uint8Array(32),
    tokenizer: "sandbox",
  };
  const app = createApp({ log: nothing, clock: nothing, random, authenticator: nothing }, [(/** @type {any} */ each) => mount(each, api)]);
  const document = (await app.inject("/v1/openapi.json")).json();
  await app.close();
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** Stands for any dependency: has every member, does nothing. Not a promise, so that nothing waits for it. @type {any} */
const nothing = new Proxy(() => undefined, {
  get: (_target, name) => (name === Symbol.toPrimitive ? () => 0 : name === "then" || typeof name === "symbol" ? undefined : nothing),
  apply: () => nothing,
});
