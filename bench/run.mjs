/** npm run bench: the figures of docs/performance.md, on a PostgreSQL of its own that leaves nothing behind. */
import { measureAccept } from "./accept.mjs";
import { paymentBody } from "./load.mjs";
import { USAGE, readOptions } from "./options.mjs";
import { findPgbench, preparePgbench } from "./pgbench.mjs";
import { killAll } from "./processes.mjs";
import { figuresOf, table, writeDocs } from "./report.mjs";
import { startServer } from "./server.mjs";
import { measureTerminal } from "./terminal.mjs";
import { prepareDatabase } from "./tillway.mjs";

const startedAt = performance.now();
const say = (line) => console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
let options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${error.message}\n\n${USAGE}`);
  process.exit(2);
}
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}

let server = null;
let stopped = null;
const stopAll = () =>
  (stopped ??= (async () => {
    await killAll();
    await server?.stop();
  })());
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void stopAll().finally(() => process.exit(130)));

try {
  say("starting PostgreSQL in a directory of its own");
  server = await startServer();
  const pgbench = await reference();
  const context = { options, server, pgbench, say };
  const measured = {};
  if (options.only.includes("accept")) measured.accept = await measureAccept(context);
  if (options.only.includes("terminal")) measured.terminal = await measureTerminal({ ...context, name: "terminal", delivers: false });
  if (options.only.includes("delivered")) measured.delivered = await measureTerminal({ ...context, name: "delivered", delivers: true });
  const figures = figuresOf(measured, { options, postgres: server.version });
  console.log(`\n${table(measured, figures)}`);
  if (options.write) writeDocs(measured, figures);
  if (options.json) console.log(JSON.stringify(figures));
} catch (error) {
  if (stopped === null) {
    console.error(`bench: ${error.stack}`);
    process.exitCode = 1;
  }
} finally {
  await stopAll();
}

async function reference() {
  const file = findPgbench();
  if (file === null) {
    say("there is no pgbench, neither on the PATH nor in /usr/lib/postgresql: absolute figures only, no ratios");
    return null;
  }
  const databaseUrl = await server.createDatabase("reference");
  const { merchant_id: merchantId } = await prepareDatabase(databaseUrl);
  const pgbench = await preparePgbench(file, { databaseUrl, merchantId, body: paymentBody, directory: server.directory });
  say(`P: ${file}, our accept statement for one payment`);
  await pgbench(2);
  return pgbench;
}
