/**
 * How fast a search answers, and each list with each of its filters, over the HTTP API of a real server whose database holds a million
 * payments. Prints a table, and exits with 1 beyond a budget. Starts servers of its own and leaves nothing behind.
 */
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { project } from "./build.mjs";
import { cases } from "./lists-cases.mjs";
import { listsTable, verdictsOf, writeLists } from "./lists-report.mjs";
import { firstAt, seed } from "./lists-seed.mjs";
import { atEnd, runBench } from "./processes.mjs";
import { ask, openSide } from "./side.mjs";
import { startAll } from "./tillway.mjs";

const USAGE = `npm run bench:lists -- [options]
  --payments N   in the database (1000000)
  --queries N    of each kind of search and each filter (25)
  --only TEXT    those whose name has this in it
  --write        puts the figures into docs/performance.md`;

let values;
try {
  const text = (value) => ({ type: "string", default: value });
  const options = { payments: text("1000000"), queries: text("25"), only: text(""), write: { type: "boolean" }, help: { type: "boolean" } };
  ({ values } = parseArgs({ options }));
  for (const name of ["payments", "queries"]) if (!/^[1-9]\d{0,7}$/.test(values[name])) throw new Error(`--${name} is a number`);
} catch (error) {
  console.error(`bench: ${error.message}\n\n${USAGE}`);
  process.exit(2);
}
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

await runBench(async () => {
  const figures = await measure({ payments: Number(values.payments), queries: Number(values.queries) });
  const verdicts = verdictsOf(figures);
  console.log(`\n${listsTable(figures)}\n`);
  for (const { isMet, text } of verdicts) console.log(`${isMet ? "holds " : "MISSED"}  ${text}`);
  if (values.write) writeLists(figures, verdicts);
  if (verdicts.some(({ isMet }) => !isMet)) process.exitCode = 1;
});

async function measure({ payments, queries }) {
  const say = (line) => console.log(`${new Date().toISOString().slice(11, 19)}  ${line}`);
  say("starting PostgreSQL and Tillway");
  const side = await openSide("this build", project);
  atEnd(() => side.close());
  const databaseUrl = await side.createDatabase("lists");
  const { port, keys } = await startAll(side, { databaseUrl });
  const headers = { "x-api-key": keys.key, "x-api-secret": keys.secret };
  const get = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 500)}`);
    return text;
  };
  const [{ merchant_id: merchantId }] = await ask(databaseUrl, "select merchant_id from api_keys where key = $1", [keys.key]);
  const [account] = JSON.parse(await get("/v1/connector-accounts")).data;
  const startMs = firstAt(payments);
  await seed({ databaseUrl, merchantId, accountId: account.id, count: payments, startMs, say });
  await untilFilled(databaseUrl, payments, say);
  await ask(databaseUrl, "vacuum analyze payment_finds");
  const rows = [];
  for (const one of cases({ payments, startMs, accountId: account.id })) {
    if (!one.name.includes(values.only)) continue;
    const ms = [];
    let found = 0;
    // The first one opens connections and reads pages that nobody has looked at.
    for (let n = -1; n < queries; n++) {
      const path = one.path(n < 0 ? queries : n, queries);
      const startedAt = performance.now();
      const text = await get(path);
      if (n >= 0) ms.push(performance.now() - startedAt);
      found = Math.max(found, JSON.parse(text).data?.length ?? 1);
    }
    rows.push({ ...one, ms: ms.toSorted((a, b) => a - b), found });
    say(`${one.name}: ${rows.at(-1).ms[Math.ceil(ms.length * 0.95) - 1].toFixed(0)} ms, ${found} rows`);
  }
  return { payments, queries, rows };
}

/** The server takes over by itself what payments are found by. */
async function untilFilled(databaseUrl, payments, say) {
  const startedAt = performance.now();
  for (;;) {
    const [{ count }] = await ask(databaseUrl, "select count(*)::int as count from payment_finds");
    if (count >= payments) break;
    await sleep(1_000);
  }
  say(`the payments can be found, ${((performance.now() - startedAt) / 1_000).toFixed(0)} s after they were written`);
}
