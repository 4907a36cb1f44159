import { afterAll, beforeAll } from "vitest";
import type { Listed, PageOf, Reads } from "../../core/ports/reads.ts";
import type { People } from "../../core/ports/people.ts";
import type { Settings } from "../../core/ports/settings.ts";
import type { Store } from "../../core/ports/store.ts";

/** What a suite is run on. */
export interface Storage {
  readonly store: Store;
  readonly settings: Settings;
  readonly reads: Reads;
  readonly people: People;
  close(): Promise<void>;
}

export type MakeStorage = () => Promise<Storage>;

/** One empty storage for the tests of a `describe`, open before the first and closed after the last. */
export function shared(make: MakeStorage): { store: Store; settings: Settings; reads: Reads; people: People } {
  let storage: Storage | undefined;
  beforeAll(async () => {
    storage = await make();
  });
  afterAll(async () => storage?.close());
  return {
    get store() {
      return storage!.store;
    },
    get settings() {
      return storage!.settings;
    },
    get reads() {
      return storage!.reads;
    },
    get people() {
      return storage!.people;
    },
  };
}

/** A page whose cursor is known, or which has none. */
export function known<Row>(page: Listed<Row>): PageOf<Row> {
  if (page === "unknown_cursor") throw new Error("the cursor names no row");
  return page;
}
