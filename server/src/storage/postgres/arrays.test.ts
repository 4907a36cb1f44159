import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { parametersOf, unnested, valueOf, type Input } from "./arrays.ts";
import { openDatabase, type Database } from "./connect.ts";

interface Row {
  readonly i: number;
  readonly text: string | null;
  readonly evidence: string | null;
  readonly json: unknown;
  readonly int: number | null;
  readonly bool: boolean | null;
  readonly time: number | null;
}

const inputs = (["i", "text", "evidence", "json", "int", "bool", "time"] as const).map((name): Input<Row> => ({
  name: `c_${name}`,
  kind: name === "i" ? "int" : name,
  of: (row) => row[name],
}));
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const row = (given: Partial<Row>): Row => ({ i: 0, text: null, evidence: null, json: null, int: null, bool: null, time: null, ...given });

for (const server of databaseServers()) {
  describe(`rows as arrays: ${server.name}`, () => {
    let database: Database;
    beforeAll(() => {
      database = openDatabase({ databaseUrl: server.url, log: silent, size: 1, hot: true });
    });
    afterAll(() => database.close());

    async function roundTrip(rows: readonly Row[]): Promise<Row[]> {
      const columns = inputs.map((input) => `${valueOf(input)} as ${input.name}`).join(", ");
      const text = `select ${columns} from ${unnested(inputs, 1)} where r.c_i is not null order by r.c_i`;
      const found = await database.query({ name: "round_trip", text }, parametersOf(inputs, rows));
      return found.map((each) => Object.fromEntries(inputs.map((input) => [input.name.slice(2), each[input.name]])) as unknown as Row);
    }

    test("any values come back as they were", async () => {
      // The whole of Unicode but what the API refuses; half a surrogate pair is no text at all.
      // oxlint-disable-next-line no-control-regex -- exactly these are refused
      const text = fc.string({ unit: "binary" }).filter((value) => !/[\u0000\u001e\u001f]/.test(value) && value.isWellFormed());
      const any = fc.record({
        text: fc.option(text),
        evidence: fc.option(text),
        json: fc.oneof(fc.dictionary(text, text), fc.constant(null)),
        int: fc.option(fc.maxSafeInteger()),
        bool: fc.option(fc.boolean()),
        time: fc.option(fc.integer({ min: 0, max: 4_102_444_800_000 })),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 8 }), async (given) => {
          const rows = given.map((each, i): Row => ({ i, ...each }));
          expect(await roundTrip(rows)).toEqual(rows);
        }),
        { numRuns: 150 },
      );
    });

    test("a single empty string is not a missing row", async () => {
      expect(await roundTrip([row({ text: "", evidence: "" })])).toEqual([row({ text: "", evidence: "" })]);
      expect(await roundTrip([row({ text: "" }), row({ i: 1, text: "" })])).toEqual([row({ text: "" }), row({ i: 1, text: "" })]);
    });

    test("a column that is null in all rows is sent as null, and comes back so", async () => {
      const rows = [row({ int: 1, text: "a" }), row({ i: 1, text: "b" }), row({ i: 2, int: 3 })];
      expect(parametersOf(inputs, rows).map((parameter) => parameter === null)).toEqual([false, false, true, true, false, true, true]);
      expect(await roundTrip(rows)).toEqual(rows);
    });

    test("evidence with control characters is kept without them", async () => {
      expect(await roundTrip([row({ evidence: "a\u0000b\u001ec\u001fd" })])).toEqual([row({ evidence: "a\ufffdb\ufffdc\ufffdd" })]);
    });
  });
}

test.each(["a\u0000", "\u001e", "x\u001fy"])("a text that would break the arrays is refused: %j", (text) => {
  expect(() => parametersOf(inputs, [row({ text })])).toThrow("control character");
});

test.each([1.5, NaN, Infinity, 2 ** 53])("%d is no integer", (int) => {
  expect(() => parametersOf(inputs, [row({ int })])).toThrow("not an integer");
});
