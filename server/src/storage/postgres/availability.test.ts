/** What callers see while the database is away, busy or silent; and that everything works again by itself afterwards. */
import { connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { sampledServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { StoreUnavailable } from "../../core/ports/store.ts";
import { creation, id, idempotency, moving, newScope, stored, T0 } from "../conformance/rows.testing.ts";
import { connectPostgres } from "./index.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

for (const server of sampledServers()) {
  describe(`availability: ${server.name}`, () => {
    let storage: TestStorage;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
    });
    afterAll(() => storage.close());

    test("a row that somebody else holds too long is StoreUnavailable, surely unwritten, and does not hold up the batch", async () => {
      const scope = newScope();
      const [held, free] = await Promise.all([stored(storage.store, scope), stored(storage.store, scope)]);
      await connect(storage.databaseUrl, async (client) => {
        await client.query("begin");
        await client.query("select from payments where id = $1 for update", [held.id]);
        const results = await Promise.allSettled([
          storage.store.commit(moving(held, { status: "processing" })),
          storage.store.commit(moving(free, { status: "processing" })),
        ]);
        expect(results[0]).toMatchObject({ status: "rejected", reason: { name: "StoreUnavailable", mayHaveCommitted: false } });
        expect(results[1]).toEqual({ status: "fulfilled", value: "applied" });
        await client.query("rollback");
      });
      expect(await storage.store.commit(moving(held, { status: "processing" }))).toBe("applied");
    });

    test("a key that another process is just writing is waited for, then unavailable; a duplicate once it is written", async () => {
      const scope = newScope();
      const made = creation(scope, { key: "theirs" });
      await connect(storage.databaseUrl, async (client) => {
        await client.query("begin");
        await client.query(
          "insert into idempotency (merchant_id, mode, audience, key, request_hash, request_id, creates, created_at) values ($1, $2, 'merchant', 'theirs', 'h', 'r', true, to_timestamp(0))",
          [scope.merchantId, scope.mode],
        );
        await expect(storage.store.create(made)).rejects.toMatchObject({ name: "StoreUnavailable", mayHaveCommitted: false });
        await client.query("commit");
      });
      expect(await storage.store.create(made)).toBe("duplicate");
    });

    test("an order that another process takes in between is busy, not an error", async () => {
      const scope = newScope();
      const [mine, theirs] = [
        await stored(storage.store, scope, { orderId: "race", status: "created" }),
        await stored(storage.store, scope, { orderId: "race", status: "created" }),
      ];
      const key = idempotency(scope);
      await connect(storage.databaseUrl, async (client) => {
        await client.query("begin");
        await client.query("insert into live_payments values ($1, $2, 'race', $3)", [scope.merchantId, scope.mode, theirs.id]);
        const result = storage.store.commit(moving(mine, { status: "pending" }, { takeOrder: "race", idempotency: key }));
        await waitFor("our insert waits for theirs", waits);
        await client.query("commit");
        expect(await result).toBe("order_busy");
      });
      expect(await storage.store.findIdempotent(scope, "merchant", key.key)).toBeNull();
    });

    test("connections that are cut are StoreUnavailable for what was in flight, and new ones are opened", async () => {
      const scope = newScope();
      const held = await stored(storage.store, scope);
      await connect(storage.databaseUrl, async (client) => {
        await client.query("begin");
        await client.query("select from payments where id = $1 for update", [held.id]);
        const commit = storage.store.commit(moving(held, { status: "processing" })).catch((error: unknown) => error);
        await waitFor("our commit waits for the lock", waits);
        await client.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        );
        expect(await commit).toMatchObject({ name: "StoreUnavailable", mayHaveCommitted: true });
        await client.query("rollback");
      });
      const result = await waitFor("the store works again", () => storage.store.commit(moving(held, { status: "processing" })));
      expect(result).toBe("applied");
      expect(await storage.settings.findMerchantByEmail("nobody@example.com")).toBeNull();
    });

    test("a network that breaks in the middle of a commit is StoreUnavailable, which may have been written", async () => {
      const scope = newScope();
      const held = await stored(storage.store, scope);
      const sockets: Socket[] = [];
      const database = new URL(storage.databaseUrl);
      const proxy = await listen((socket) => {
        const beyond = connectSocket(Number(database.port), database.hostname);
        sockets.push(socket);
        for (const [from, to] of [
          [socket, beyond],
          [beyond, socket],
        ] as const)
          from
            .on("error", () => to.destroy())
            .on("close", () => to.destroy())
            .pipe(to);
      });
      const through = new URL(storage.databaseUrl);
      through.searchParams.delete("host");
      through.port = String((proxy.address() as { port: number }).port);
      const away = await connectPostgres({ databaseUrl: through.href, masterKey: new Uint8Array(32), log: silent });
      await connect(storage.databaseUrl, async (client) => {
        await client.query("begin");
        await client.query("select from payments where id = $1 for update", [held.id]);
        const commit = away.store.commit(moving(held, { status: "processing" })).catch((error: unknown) => error);
        await waitFor("our commit waits for the lock", waits);
        for (const socket of sockets) socket.resetAndDestroy();
        expect(await commit).toMatchObject({ name: "StoreUnavailable", mayHaveCommitted: true });
        await client.query("rollback");
      });
      // The statement of the lost connection may still end as written: that is what "may have" means.
      const result = await waitFor("the store works again", () => away.store.commit(moving(held, { status: "processing" })));
      expect(["applied", "stale"]).toContain(result);
      await away.close();
      proxy.close();
    });

    /** On a connection of its own: within a transaction these figures stay as they were first seen. */
    async function waits(): Promise<boolean> {
      const sql = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      const { rowCount } = await connect(storage.databaseUrl, (client) => client.query(sql));
      return rowCount !== 0;
    }
  });
}

describe("without a database", () => {
  const everything = (storage: Awaited<ReturnType<typeof connectPostgres>>): Record<string, () => Promise<unknown>> => {
    const scope = newScope();
    const { store, settings, reads } = storage;
    return {
      create: () => store.create(creation(scope)),
      commit: () => store.commit({ ...scope, cases: { open: [] } }),
      load: () => store.load(scope, id("pay")),
      claim: () =>
        store.claim({
          queue: "payment-queue",
          now: T0,
          leaseUntil: T0,
          token: "t",
          limit: 1,
          perLane: 1,
          room: new Map(),
          cursor: "",
        }),
      take: () => store.take("job", T0, T0, "t"),
      overdue: () => store.overdue(T0, T0, 1),
      findIdempotent: () => store.findIdempotent(scope, "merchant", "k"),
      findAttempt: () => store.findAttempt("a", { gatewayKey: "k", reference: null }),
      findEvent: () => store.findEvent(scope, "p", "charge"),
      inbox: () => store.inbox(scope, "i"),
      delivery: () => store.delivery(scope, "d"),
      heartbeat: () => store.heartbeat({ id: "p", role: "all", startedAt: T0, now: T0 }),
      endpoint: () => settings.endpoint(scope),
      authenticate: () => settings.authenticate("k", "s", T0),
      payments: () => reads.payments(scope, { limit: 1 }),
      processes: () => reads.processes(T0),
    };
  };

  test("nothing listens: every question says at once that nothing was written", async () => {
    const closed = await listen(() => undefined);
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    await expectAllUnavailable(port);
  });

  test("the server is silent: every question gives up by itself", { timeout: 60_000 }, async () => {
    const sockets: Socket[] = [];
    const silentServer = await listen((socket) => sockets.push(socket));
    await expectAllUnavailable((silentServer.address() as { port: number }).port);
    for (const socket of sockets) socket.destroy();
    silentServer.close();
  });

  async function expectAllUnavailable(port: number): Promise<void> {
    const storage = await connectPostgres({
      databaseUrl: `postgres://tillway@127.0.0.1:${port}/none`,
      masterKey: new Uint8Array(32),
      log: silent,
    });
    for (const [name, ask] of Object.entries(everything(storage))) {
      const failure = await ask().catch((error: unknown) => error);
      expect(failure, name).toBeInstanceOf(StoreUnavailable);
      expect(failure, name).toMatchObject({ mayHaveCommitted: false });
    }
    await storage.close();
  }
});

function listen(onSocket: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve) => {
    const listening = createServer(onSocket).listen(0, "127.0.0.1", () => resolve(listening));
  });
}
