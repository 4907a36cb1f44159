import { describe, expect, it } from "vitest";
import { connect } from "./connect.ts";
import { databaseServers, freshDatabase } from "./databases.ts";

describe.each(databaseServers())("databases for tests on $name", ({ url: serverUrl }) => {
  it("are empty, apart from each other, and gone after drop", async () => {
    const [one, other] = await Promise.all([freshDatabase(serverUrl), freshDatabase(serverUrl)]);
    expect(one.url).not.toBe(other.url);
    await connect(one.url, async (client) => await client.query("CREATE TABLE only_here (id integer)"));
    const tables = "SELECT count(*)::integer AS n FROM pg_tables WHERE schemaname = 'public'";
    expect(await connect(other.url, async (client) => (await client.query(tables)).rows)).toEqual([{ n: 0 }]);
    await Promise.all([one.drop(), other.drop()]);
    await expect(connect(one.url, async () => undefined)).rejects.toThrow(/does not exist/);
  });

  it("sort by bytes and store UTF-8, whatever the server's defaults are", async () => {
    const database = await freshDatabase(serverUrl);
    const settings =
      "SELECT datcollate AS collation, pg_encoding_to_char(encoding) AS encoding FROM pg_database WHERE datname = current_database()";
    expect(await connect(database.url, async (client) => (await client.query(settings)).rows)).toEqual([
      { collation: "C", encoding: "UTF8" },
    ]);
    await database.drop();
  });

  it("drop although somebody is still connected", async () => {
    const database = await freshDatabase(serverUrl);
    await connect(database.url, async (client) => {
      await database.drop();
      await expect(client.query("SELECT 1")).rejects.toThrow();
    });
  });

  it("copy a template that is built once, also when many ask at once", async () => {
    let builds = 0;
    const template = {
      name: "one table",
      build: async (url: string) => {
        builds += 1;
        await connect(url, async (client) => await client.query("CREATE TABLE from_template AS SELECT 7 AS seven"));
      },
    };
    const copies = await Promise.all([1, 2, 3].map(() => freshDatabase(serverUrl, template)));
    for (const copy of copies) {
      expect(await connect(copy.url, async (client) => (await client.query("SELECT * FROM from_template")).rows)).toEqual([{ seven: 7 }]);
    }
    expect(builds).toBe(1);
    await Promise.all(copies.map((copy) => copy.drop()));
  });

  it("keep committed rows: fsync and synchronous_commit are on", async () => {
    const settings = "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit";
    expect(await connect(serverUrl, async (client) => (await client.query(settings)).rows)).toEqual([
      { fsync: "on", synchronous_commit: "on" },
    ]);
  });
});
