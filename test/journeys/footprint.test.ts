/** What a payment costs PostgreSQL, in counts: statements, buffers and bytes of its log. How long that takes is the bench's. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../server/src/embedded/launcher.ts";
import { connect } from "../support/connect.ts";
import { waitFor } from "../support/wait-for.ts";
import { patiently, upi, type Merchant } from "./support/merchant.ts";
import { startReceiver, eventsAt, type Receiver } from "./support/receiver.ts";
import { openStage, type Stage } from "./support/stage.ts";

let home: string;
let server: EmbeddedPostgres;
let stage: Stage;
let receiver: Receiver;
let shop: Merchant;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "tillway footprint "));
  const start = () => startEmbeddedPostgres({ homeDir: home, log: () => undefined, syncFirstStart: false });
  server = await start();
  await connect(server.databaseUrl, (client) => client.query("alter system set shared_preload_libraries = 'pg_stat_statements'"));
  await server.stop();
  server = await start();
  await connect(server.databaseUrl, (client) => client.query("create extension pg_stat_statements"));
  receiver = await startReceiver((response) => response.writeHead(200).end());
  stage = await openStage(server.databaseUrl);
  shop = (await stage.merchant(receiver.url)).client;
}, 60_000);
afterAll(async () => {
  await stage?.close();
  await receiver?.close();
  await server?.stop();
  rmSync(home, { recursive: true, force: true });
});

async function pay(how: object): Promise<void> {
  const { json } = await patiently(() => shop.create({ ...upi("success"), ...how }, crypto.randomUUID()));
  await waitFor("its webhook", () => eventsAt(receiver, json.id).includes("payment.succeeded"));
}

interface Footprint {
  readonly statements: number;
  readonly buffers: number;
  readonly walBytes: number;
}

/** What so many payments cost, each: whatever the process does beside them meanwhile counts as well. */
async function footprintOf({ payments, atOnce, how = {} }: { payments: number; atOnce: number; how?: object }): Promise<Footprint> {
  await connect(server.databaseUrl, (client) => client.query("select pg_stat_statements_reset()"));
  let left = payments;
  const shopper = async (): Promise<void> => {
    while (left-- > 0) await pay(how);
  };
  await Promise.all(Array.from({ length: atOnce }, shopper));
  return await connect(server.databaseUrl, async (client) => {
    const { rows } = await client.query<Footprint>(COSTS, [new URL(stage.databaseUrl).pathname.slice(1), payments]);
    return rows[0]!;
  });
}

/** Without the looks for what is due, six a second, which are no payment's. */
const COSTS = `select (sum(calls) / $2)::float8 as statements, (sum(shared_blks_hit + shared_blks_read) / $2)::float8 as buffers,
  (sum(wal_bytes) / $2)::float8 as "walBytes" from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = $1 and query not like '%recursive walk%'`;

/**
 * Measured on 2026-11-30: 4.1, 124 and 11,070 alone; 4.1, 165 and 11,720 where a request waits; 0.8, 194 and 12,520 of forty at once. Bounds lie a fourth or more above it, since what a process
 * does now and then counts as well, and takes its share of each payment where a machine is slow.
 */
it.each([
  { title: "alone: it is created, begun, settled and told of, a statement each", payments: 50, atOnce: 1, most: [4.9, 165, 13_900] },
  {
    title: "alone whose request waits for its end: no statement more",
    payments: 150,
    atOnce: 1,
    how: { confirm: true },
    most: [4.9, 220, 15_600],
  },
  { title: "of forty at once, which share statements", payments: 400, atOnce: 40, most: [3, 260, 15_600] },
])("a payment $title", { timeout: 120_000 }, async ({ payments, atOnce, how, most: [statements, buffers, walBytes] }) => {
  await footprintOf({ payments: 20, atOnce: 1 });
  const found = await footprintOf({ payments, atOnce, how });
  console.log(`a payment, ${atOnce} at once: ${JSON.stringify(found)}`);
  expect(found.statements).toBeLessThan(statements!);
  expect(found.buffers).toBeLessThan(buffers!);
  expect(found.walBytes).toBeLessThan(walBytes!);
});
