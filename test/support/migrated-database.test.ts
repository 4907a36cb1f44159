import { describe, expect, it } from "vitest";
import { migrate } from "../../server/src/storage/postgres/migrate.ts";
import { connect } from "./connect.ts";
import { databaseServers } from "./databases.ts";
import { migratedDatabase } from "./migrated-database.ts";

describe.each(databaseServers())("a migrated database on $name", ({ url: serverUrl }) => {
  it("has nothing left to migrate", async () => {
    const [one, other] = await Promise.all([migratedDatabase(serverUrl), migratedDatabase(serverUrl)]);
    for (const database of [one, other]) {
      const report = await migrate(database.url);
      expect(report.applied).toEqual([]);
      expect(report.version).toBeGreaterThan(0);
      await database.drop();
    }
  });

  it("is an installation of its own: what is noted of one says nothing of another", async () => {
    const both = await Promise.all([migratedDatabase(serverUrl), migratedDatabase(serverUrl)]);
    const idOf = ({ url }: { url: string }) =>
      connect(url, async (client) => String((await client.query("select id from database_identity")).rows[0]?.id));
    const [one, other] = await Promise.all(both.map(idOf));
    expect(one).not.toBe(other);
    for (const database of both) await database.drop();
  });
});
