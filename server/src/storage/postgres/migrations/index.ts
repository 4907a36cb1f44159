import { first } from "./0001-first.ts";
import { purge } from "./0002-purge.ts";
import type { Migration } from "./migration.ts";

/** In the order they are applied. */
export const migrations: readonly Migration[] = [first, purge];
