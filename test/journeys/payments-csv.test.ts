/** The export of a long list, by the program as it is started: quick, whole, and with little more memory however long it is. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { migratedDatabase } from "../support/migrated-database.ts";
import { closedAfterEach } from "./support/closing.ts";
import { freePort } from "./support/ports.ts";
import { launch } from "./support/program.ts";
import "./support/patience.ts";

const open = closedAfterEach();
const ROWS = 100_000;
/** Of the server's own time: other tests that run at once make the clock on the wall go on faster. */
const EXPORT_MS_MAX = 10_000;
const MORE_MEMORY_MAX = 50 * 1024 * 1024;
const FIRST = "=cmd|' /C calc'!A0";

/** What `npm start` gives Node: a heap of another size would let lie more, or less, until a collection is worth while. */
function flagsOfStart(): string {
  const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { scripts: { start: string } };
  return /^node (.*) ?server\/bin\/tillway\.js all$/.exec(scripts.start)![1]!.trim();
}

/** A Tillway with its test merchant, who has so many payments. The newest is the last one. */
async function opened() {
  const database = await migratedDatabase(databaseServers()[0]!.url);
  open.push(() => database.drop());
  const home = mkdtempSync(join(tmpdir(), "tillway-csv-"));
  open.push(async () => rmSync(home, { recursive: true, force: true }));
  const environment = {
    DATABASE_URL: database.url,
    TILLWAY_HOME: home,
    TILLWAY_MASTER_KEY: "07".repeat(32),
    API_PORT: String(await freePort()),
    DASHBOARD_PORT: "0",
    NODE_OPTIONS: flagsOfStart(),
  };
  const program = launch(["all"], environment);
  open.push(() => program.stop());
  await program.printed(/Stop with Ctrl-C/, 90_000);
  const keys = JSON.parse(readFileSync(join(home, "test-keys.json"), "utf8")) as { key: string; secret: string };
  await connect(database.url, (client) =>
    client.query(
      `insert into payments (merchant_id, mode, id, status, version, sequence, amount, currency, method, capture_method, description, metadata, customer, identity_kind, identity, audience, request_id, created_at)
       select k.merchant_id, k.mode, 'pay_01M' || lpad(n::text, 23, '0'), 'failed', 1, 1, 100 + n, case when n = 2 then 'JPY' else 'INR' end,
         '{"type":"card","connector":"sandbox","token":"t","network":"visa","last4":"4242"}', 'automatic', case when n = 1 then $3 else 'Größe ' || n || ', "neu"' end, '{}',
         json_build_object('email', 'shopper' || n || '@example.com'), 'payment', n::text, 'merchant', 'r', '2026-01-31T20:00:00Z'
       from generate_series(1, $2::int) n, api_keys k where k.key = $1`,
      [keys.key, ROWS, FIRST],
    ),
  );
  const url = `http://127.0.0.1:${environment.API_PORT}/v1/payments.csv`;
  const ask = (query: string) => fetch(`${url}?${query}`, { headers: { "x-api-key": keys.key, "x-api-secret": keys.secret } });
  const usedMs = () => {
    const [, , , , , , , , , , , , user, system] = readFileSync(`/proc/${program.process.pid}/stat`, "utf8")
      .replace(/^.*\) /, "0 ")
      .split(" ");
    return (Number(user) + Number(system)) * 10;
  };
  const residentBytes = () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${program.process.pid}/status`, "utf8"))![1]) * 1024;
  return { ask, residentBytes, usedMs };
}

it("100,000 rows within ten seconds and 50 MB, one export at a time", async () => {
  const { ask, residentBytes, usedMs } = await opened();
  // What a first export loads and compiles is not its rows.
  await (await ask("amount_max=1100")).text();
  const before = residentBytes();
  const startedAt = performance.now();
  const usedBefore = usedMs();
  const answer = await ask("status=failed&time_zone=Asia/Kolkata");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"]);
  const second = await ask("currency=INR");
  expect(second.status).toBe(429);
  const lines: string[] = [];
  let most = 0;
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body!) {
    most = Math.max(most, residentBytes());
    const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split("\r\n");
    rest = parts.pop()!;
    lines.push(...parts);
  }
  const ms = performance.now() - startedAt;
  const used = usedMs() - usedBefore;
  expect(rest).toBe("");
  expect(lines).toHaveLength(ROWS + 1);
  expect(lines[0]).toMatch(/^id,created_at \(Asia\/Kolkata\),status,currency,amount,amount_minor,/);
  expect(lines[1]).toMatch(
    /^pay_01M0+100000,2026-02-01T01:30:00\+05:30,failed,INR,1001\.00,100100,0\.00,0,0\.00,0,card,visa,4242,,shopper100000@example\.com,,"Größe 100000, ""neu""",,$/,
  );
  expect(lines.at(-2)).toMatch(/,failed,JPY,102,102,/);
  expect(lines.at(-1)).toContain(`,'${FIRST},`);
  expect(new Set(lines).size).toBe(ROWS + 1);
  process.stdout.write(
    `${ROWS} rows in ${ms.toFixed(0)} ms (${used} ms of the server's), ${((most - before) / 1024 / 1024).toFixed(0)} MB more\n`,
  );
  expect(used).toBeLessThan(EXPORT_MS_MAX);
  expect(most - before).toBeLessThan(MORE_MEMORY_MAX);
  expect((await ask("time_zone=Mars/Olympus")).status).toBe(422);
});
