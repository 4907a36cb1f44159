import { describe, expect, it } from "vitest";
import { BATCH_MAX } from "../../core/constants.ts";
import { StoreUnavailable } from "../../core/ports/store.ts";
import { batchedLookup } from "./loads.ts";
import type { Database } from "./connect.ts";
import { NoConnection } from "./failures.ts";
import type { Raw } from "./lookups.ts";

/** Answers each name with its length, from last to first; names that begin with "no" are not found. */
function fakeDatabase() {
  const asked: string[][] = [];
  const query: Database["query"] = async (_statement, values) => {
    const names = String(values[1]).split("\u001e");
    asked.push(names);
    return names
      .map((name, i) => ({ i, length: name.length }))
      .filter((_, i) => !names[i]!.startsWith("no"))
      .reverse();
  };
  return { asked, database: { query, warm: async () => undefined, close: async () => undefined } satisfies Database };
}

const lookup = (database: Database) => byName(database, (row) => row.length as number);

function byName(database: Database, rowOf: (row: Raw) => number): (name: string) => Promise<number | null> {
  const find = batchedLookup(database, { name: "lengths", keys: ["name"], text: (r) => `select r.i from ${r}`, rowOf });
  return (name) => find([name]);
}

describe("questions that many ask at once", () => {
  it("are asked in one statement, and each gets its own answer, in whatever order the rows come", async () => {
    const { asked, database } = fakeDatabase();
    const find = lookup(database);
    expect(await Promise.all(["a", "bbb", "none", "cc", "a"].map(find))).toEqual([1, 3, null, 2, 1]);
    expect(asked).toEqual([["a", "bbb", "none", "cc", "a"]]);
  });

  it("fail only for who asked where a row does not open", async () => {
    const { database } = fakeDatabase();
    const find = byName(database, (row) => {
      if (row.length === 6) throw new Error("sealed by another key");
      return row.length as number;
    });
    const answers = await Promise.allSettled(["a", "sealed", "ccc"].map(find));
    expect(answers).toMatchObject([{ value: 1 }, { reason: new Error("sealed by another key") }, { value: 3 }]);
  });

  it("are split where they are too many for one", async () => {
    const { asked, database } = fakeDatabase();
    const find = lookup(database);
    const found = await Promise.all(Array.from({ length: 10 * BATCH_MAX }, (_, i) => find("x".repeat((i % 7) + 1))));
    expect(found).toEqual(found.map((_, i) => (i % 7) + 1));
    expect(asked.map((names) => names.length)).toEqual(Array(10).fill(BATCH_MAX));
  });

  it("fail together where no connection is to be had, and nothing was written", async () => {
    const { database } = fakeDatabase();
    const find = lookup({ ...database, query: () => Promise.reject(new NoConnection(new Error("refused"))) });
    const failures = await Promise.all(["a", "b"].map((name) => find(name).catch((error: unknown) => error)));
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(StoreUnavailable);
      expect(failure).toMatchObject({ mayHaveCommitted: false });
    }
  });

  it("name their columns and the number of the question", async () => {
    const texts: string[] = [];
    const { database } = fakeDatabase();
    await lookup({ ...database, query: (statement, values) => (texts.push(statement.text), database.query(statement, values)) })("a");
    expect(texts[0]).toMatch(/^select r\.i from unnest\(\$1.*\$2.*\) as r\(i, name\)$/);
  });
});
