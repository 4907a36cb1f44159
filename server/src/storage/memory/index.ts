import { memoryPeople } from "./people.ts";
import { memoryReads } from "./reads.ts";
import { memorySettings } from "./settings.ts";
import { memoryStore } from "./store.ts";
import { newTables, type Tables } from "./tables.ts";

export { scopeKey, type Tables } from "./tables.ts";

/** Store, settings and reads over one set of tables; `tables` is open to oracles and tests. */
export function memoryStorage(tables: Tables = newTables()) {
  return { tables, store: memoryStore(tables), settings: memorySettings(tables), reads: memoryReads(tables), people: memoryPeople(tables) };
}
