import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import type { NewKey } from "../../core/ports/settings.ts";
import { id, idempotency, newScope, T0 } from "../conformance/rows.testing.ts";
import { SealBroken } from "../seal.ts";

describe.each(databaseServers())("secrets of API keys on $name", ({ url }) => {
  let storage: TestStorage;
  beforeAll(async () => void (storage = await postgresStorage(url)));
  afterAll(() => storage.close());

  it("stand in no row of any table, not even with the answer that is kept for a repeat (security row 2)", async () => {
    const scope = newScope();
    const { settings, store } = storage;
    await settings.createMerchant({ id: scope.merchantId, name: "Shop", email: "shop@example.com", createdAt: T0 });
    const made = (name: string): NewKey => ({
      ...scope,
      id: id("key"),
      key: `pk_test_${name}Public`,
      secret: `sk_test_${name}Secret`,
      apiVersion: "2026-11-27",
      scopes: ["config"],
      name,
      rateLimitPerSecond: null,
      createdAt: T0,
    });
    const [first, next] = [made("First"), made("Next")];
    const answer = (key: NewKey) =>
      idempotency(scope, { creates: false, subject: key.id, answerBody: settings.sealSecret(scope, key.id, key.secret) });
    const kept = answer(first);
    await settings.createKey(first, kept);
    const before = await settings.key(scope, first.id);
    expect(await settings.rotateKey(before!, T0 + 1, next, answer(next))).toBe("applied");
    const all = await dump(storage.databaseUrl);
    expect(all).toContain(first.key);
    for (const { secret } of [first, next]) expect(all).not.toContain(secret.slice("sk_test_".length));
    const stored = (await store.findIdempotent(scope, kept.audience, kept.key))!.row.answerBody!;
    expect(settings.openSecret(scope, first.id, stored)).toBe(first.secret);
    expect(() => settings.openSecret(scope, next.id, stored)).toThrow(SealBroken);
  });
});

/** Every row of every table, as text. */
async function dump(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ name: string }>("select quote_ident(tablename) as name from pg_tables where schemaname = 'public'");
  const texts: string[] = [];
  for (const { name } of rows) texts.push(JSON.stringify((await client.query(`select t::text from ${name} t`)).rows));
  await client.end();
  return texts.join("\n");
}
