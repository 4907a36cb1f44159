import { parametersOf, unnested, type Input } from "./arrays.ts";
import { batcher } from "./batcher.ts";
import type { Database } from "./connect.ts";

export interface BatchedLookup<Wanted, Found> {
  readonly name: string;
  /** Columns by which rows are found. */
  readonly inputs: readonly Input<Wanted>[];
  /** The statement over `r`, whose columns are `i` (to be selected as it is) and the inputs. */
  readonly text: (r: string) => string;
  readonly rowOf: (row: Readonly<Record<string, unknown>>) => Found;
}

/** A question that thousands ask at once: all that wait are asked in one statement. Throws `StoreUnavailable`. */
export function batchedLookup<Wanted, Found>(
  database: Database,
  lookup: BatchedLookup<Wanted, Found>,
): (wanted: Wanted) => Promise<Found | null> {
  const inputs: readonly Input<Numbered<Wanted>>[] = [
    { name: "i", kind: "int", of: (row) => row.i },
    ...lookup.inputs.map((input) => ({ ...input, of: (row: Numbered<Wanted>) => input.of(row.wanted) })),
  ];
  const statement = { name: lookup.name, text: lookup.text(unnested(inputs, 1)) };
  const ask = batcher<Wanted, (() => Found) | null>({
    run: async (all) => {
      const numbered = all.map((wanted, i) => ({ i, wanted }));
      const rows = await database.query(statement, parametersOf(inputs, numbered));
      const found: ((() => Found) | null)[] = all.map(() => null);
      for (const row of rows) found[row.i as number] = () => lookup.rowOf(row);
      return found;
    },
    keysOf: () => [],
  });
  // A row that does not open fails who asked for it, not who asked beside them.
  return async (wanted) => (await ask(wanted))?.() ?? null;
}

interface Numbered<Wanted> {
  readonly i: number;
  readonly wanted: Wanted;
}
