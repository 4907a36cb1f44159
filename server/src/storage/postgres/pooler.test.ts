/** A pooler between us and PostgreSQL: one session for each of ours is as good as none in between, one for each transaction is refused. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { needs } from "../../../../test/support/require-services.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { creation, newScope } from "../conformance/rows.testing.ts";
import { connectPostgres } from "./index.ts";
import { checkDatabase, migrate } from "./migrate.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** The pooler needs a server that trusts it: the one of the environment does. */
const server = needs("PgBouncer beside DATABASE_URL", hasPgBouncer() ? process.env.DATABASE_URL : undefined);

server.describe("a pooler", () => {
  let storage: TestStorage;
  const stops: (() => void)[] = [];
  beforeAll(async () => {
    storage = await postgresStorage(server.url);
  });
  afterAll(async () => {
    for (const stop of stops) stop();
    await storage.close();
  });

  test.each(["transaction", "statement"])(
    "in %s mode is refused with one line that says what to do (R17)",
    { timeout: 30_000 },
    async (mode) => {
      const url = await pgBouncer(mode);
      for (const start of [checkDatabase, migrate]) {
        const refusal = await start(url).then(
          () => null,
          (error: Error) => error,
        );
        expect(refusal?.name).toBe("UnfitDatabase");
        expect(refusal?.message).toMatch(/pooler that gives each transaction another session.*pool_mode = session/);
        expect(refusal?.message).not.toContain("\n");
      }
    },
  );

  test("in session mode serves: timeouts and prepared statements are ours (R17)", { timeout: 30_000 }, async () => {
    const url = await pgBouncer("session");
    await checkDatabase(url);
    const far = await connectPostgres({ databaseUrl: url, masterKey: new Uint8Array(32), log: silent, connectWaitMs: 15_000 });
    const results = await Promise.all(Array.from({ length: 200 }, () => far.store.create(creation(newScope()))));
    expect(new Set(results)).toEqual(new Set(["applied"]));
    await connect(storage.databaseUrl, async (client) => {
      await client.query("begin");
      await client.query("lock table payments in access exclusive mode");
      await expect(far.store.create(creation(newScope()))).rejects.toMatchObject({ name: "StoreUnavailable", mayHaveCommitted: false });
      await client.query("rollback");
    });
    await far.close();
  });

  /** Starts one over the test's database; answers its URL. */
  async function pgBouncer(mode: string): Promise<string> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), "pooler-"));
    chmodSync(directory, 0o755);
    const to = new URL(storage.databaseUrl);
    const database = to.pathname.slice(1);
    const settings = [
      "[databases]",
      `${database} = host=${to.hostname} port=${to.port || 5432} user=${to.username}`,
      "[pgbouncer]",
      `listen_addr = 127.0.0.1\nlisten_port = ${port}\nauth_type = any\npool_mode = ${mode}\nunix_socket_dir =`,
      "ignore_startup_parameters = options,extra_float_digits",
    ];
    writeFileSync(join(directory, "pgbouncer.ini"), `${settings.join("\n")}\n`);
    const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
    const child: ChildProcess = spawn("pgbouncer", [...user, "-q", join(directory, "pgbouncer.ini")], { stdio: "ignore" });
    stops.push(() => {
      child.kill();
      rmSync(directory, { recursive: true });
    });
    const url = `postgres://${to.username}@127.0.0.1:${port}/${database}`;
    await waitFor("the pooler", () => connect(url, async (client) => (await client.query("select 1")).rowCount === 1).catch(() => false));
    return url;
  }
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function hasPgBouncer(): boolean {
  try {
    execFileSync("pgbouncer", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
