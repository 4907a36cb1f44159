/** Another master key takes the place of the one in use, beside running processes (security row 17). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { databaseServers } from "../../../../test/support/databases.ts";
import { migratedDatabase } from "../../../../test/support/migrated-database.ts";
import { keyIdOf } from "../seal.ts";
import { connectPostgres, type PostgresStorage } from "./index.ts";

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const scope = { merchantId: "mer_1", mode: "test" } as const;

describe.each(databaseServers())("the root key on $name", ({ url }) => {
  let database: Awaited<ReturnType<typeof migratedDatabase>>;
  const open: PostgresStorage[] = [];
  beforeAll(async () => {
    database = await migratedDatabase(url);
  });
  afterAll(async () => {
    for (const storage of open) await storage.close();
    await database.drop();
  });

  async function started(masterKey: Uint8Array): Promise<PostgresStorage & { readonly rootKey: Uint8Array }> {
    const storage = await connectPostgres({ databaseUrl: database.url, masterKey, log: silent as never });
    open.push(storage);
    return { ...storage, rootKey: await storage.openRoot() };
  }

  it("is the first master key, whoever of several is first, and no other master key opens it", async () => {
    const both = await Promise.all([started(key(1)), started(key(1))]);
    expect(both.map(({ rootKey }) => Buffer.from(rootKey))).toEqual([Buffer.from(key(1)), Buffer.from(key(1))]);
    await expect(started(key(2))).rejects.toThrow("TILLWAY_MASTER_KEY is not the key that opens this database");
  });

  it("is opened by a key that was admitted beside the old one; then the old one ends, and all that was sealed stays", async () => {
    const before = await started(key(1));
    const sealed = before.settings.sealSecret(scope, "key_1", "sk_old");
    await before.rootKeys.admit(before.rootKey, key(2));
    const [old, next] = [await started(key(1)), await started(key(2))];
    expect([old, next].map(({ settings }) => settings.openSecret(scope, "key_1", sealed))).toEqual(["sk_old", "sk_old"]);
    expect((await next.rootKeys.admitted()).map(({ id }) => id).toSorted()).toEqual([keyIdOf(key(1)), keyIdOf(key(2))].toSorted());

    const ann = { kind: "cli", id: null, label: "ann", requestId: null } as const;
    expect([await next.rootKeys.keepOnly(keyIdOf(key(3))), await next.rootKeys.keepOnly(keyIdOf(key(2)), ann)]).toEqual([false, true]);
    const noted = "select action, actor_label, before from admin_actions where action like 'master_key.%' order by id desc limit 1";
    const { rows } = await connect(database.url, (client) => client.query(noted));
    expect(rows).toMatchObject([{ action: "master_key.deleted", actor_label: "ann", before: { master_key_id: keyIdOf(key(1)) } }]);
    await expect(started(key(1))).rejects.toThrow("TILLWAY_MASTER_KEY");
    // A process that is open goes on, and one that starts anew reads the same.
    expect(old.settings.openSecret(scope, "key_1", sealed)).toBe("sk_old");
    expect((await started(key(2))).settings.openSecret(scope, "key_1", sealed)).toBe("sk_old");
  });

  it("is not opened by a row that somebody wrote", async () => {
    const rows = (text: string, values: unknown[] = []) => connect(database.url, (client) => client.query(text, values));
    await rows("update root_keys set master_key_id = $1", [keyIdOf(key(4))]);
    await expect(started(key(4))).rejects.toThrow("TILLWAY_MASTER_KEY");
    await rows("update root_keys set master_key_id = $1", [keyIdOf(key(2))]);
    expect(Buffer.from((await started(key(2))).rootKey)).toEqual(Buffer.from(key(1)));
  });
});
