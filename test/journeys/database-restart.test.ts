/** PostgreSQL dies under load and comes back on the same port: callers get 503 with Retry-After, and no acknowledged payment is missing. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { startEmbeddedPostgres } from "../../server/src/embedded/launcher.ts";
import { connect } from "../support/connect.ts";
import { temporaryPlace } from "../support/embedded.ts";
import { waitFor } from "../support/wait-for.ts";
import { journalOf } from "./support/books.ts";
import { closedAfterEach } from "./support/closing.ts";
import { upi, type Answer, type Merchant } from "./support/merchant.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const closes = closedAfterEach();

/** A merchant who creates payments one after the other, and repeats each until it is acknowledged. */
interface Buyer {
  readonly acknowledged: Map<string, string>;
  readonly refusals: Answer[];
  /** Answers that are neither 201 nor 503. */
  readonly surprises: Answer[];
  stop(): Promise<void>;
}

function startBuyer(shop: Merchant, name: string): Buyer {
  const buyer = { acknowledged: new Map<string, string>(), refusals: [] as Answer[], surprises: [] as Answer[] };
  let isOver = false;
  const running = (async () => {
    for (let n = 0; !isOver; n++) {
      const key = `${name}-${n}`;
      await waitFor(
        `an answer to ${key}`,
        async () => {
          const answer = await shop.create(upi("plain"), key);
          if (answer.status === 201) return buyer.acknowledged.set(key, answer.json.id);
          return void (answer.status === 503 ? buyer.refusals : buyer.surprises).push(answer);
        },
        { timeoutMs: 60_000, pauseMs: 100 },
      );
    }
  })();
  return { ...buyer, stop: () => ((isOver = true), running) };
}

it("kill -9 of PostgreSQL under load: 503 with Retry-After meanwhile, then recovery without help, and each acknowledged payment ends, charged once", async () => {
  const place = temporaryPlace();
  closes.push(place.remove);
  const options = { homeDir: join(place.path, "home"), log: () => undefined, syncFirstStart: false };
  let postgres = await startEmbeddedPostgres(options);
  closes.push(() => postgres.stop());
  const stage = await openStage(postgres.databaseUrl, { SANDBOX_DELAY_MS: "200" });
  closes.push(() => stage.close());
  const shop = (await stage.merchant()).client;
  const buyers = Array.from({ length: 6 }, (_, n) => startBuyer(shop, `buyer-${n}`));
  const total = (of: (buyer: Buyer) => number): number => buyers.reduce((sum, buyer) => sum + of(buyer), 0);
  const acknowledged = (): number => total((buyer) => buyer.acknowledged.size);

  await waitFor("load", () => acknowledged() >= 60, { timeoutMs: 30_000 });
  process.kill(postgres.pid, "SIGKILL");
  await postgres.stop();
  await waitFor("refusals for each buyer", () => buyers.every((buyer) => buyer.refusals.length > 0), { timeoutMs: 30_000 });
  expect((await fetch(`${stage.url}/health/live`)).status).toBe(200);
  expect((await fetch(`${stage.url}/health/ready`)).status).toBe(503);
  const url = postgres.databaseUrl;
  postgres = await startEmbeddedPostgres(options);
  expect(postgres.databaseUrl).toBe(url);

  await waitFor("readiness", async () => (await fetch(`${stage.url}/health/ready`)).ok);
  const before = acknowledged();
  await waitFor("load again", () => acknowledged() >= before + 60, { timeoutMs: 30_000 });
  await Promise.all(buyers.map((buyer) => buyer.stop()));
  expect(buyers.flatMap((buyer) => buyer.surprises.map((answer) => `${answer.status} ${answer.text}`))).toEqual([]);
  const refusals = buyers.flatMap((buyer) => buyer.refusals);
  expect(refusals.map((answer) => answer.json.error.code)).toEqual(refusals.map(() => "overloaded"));
  for (const answer of refusals) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  await expectAllEnded(stage, new Map(buyers.flatMap((buyer) => [...buyer.acknowledged])));
});

async function expectAllEnded(stage: Stage, acknowledged: ReadonlyMap<string, string>): Promise<void> {
  const rows = (sql: string) => connect(stage.databaseUrl, async (client) => (await client.query(sql)).rows);
  await waitFor(
    "all payments to end",
    async () => {
      // Work that was under way when the database went is found again when its lease of 40 s ends; here that is now.
      await rows("update jobs set run_at = created_at where kind in ('charge', 'ask') and run_at > now()");
      return (await rows("select from payments where status in ('created', 'pending', 'processing')")).length === 0;
    },
    { timeoutMs: 60_000, pauseMs: 1_000 },
  );
  const payments = await rows("select id, identity, status from payments");
  expect(new Set(payments.map((row) => row.status))).toEqual(new Set(["succeeded"]));
  // Each acknowledged one is there, under the id that was answered, and no key made two.
  expect(new Map(payments.map((row) => [row.identity, row.id]))).toEqual(acknowledged);
  expect(payments).toHaveLength(acknowledged.size);
  const taken = (await journalOf(stage.sandboxUrl)).filter((entry) => (entry.captured ?? 0) > 0);
  expect(taken.map((entry) => entry.payment_id).sort()).toEqual(payments.map((row) => row.id).sort());
}
