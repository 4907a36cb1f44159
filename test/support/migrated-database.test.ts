import { describe, expect, it } from "vitest";
import { migrate } from "../../server/src/storage/postgres/migrate.ts";
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
});
