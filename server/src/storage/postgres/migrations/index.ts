import { first } from "./0001-first.ts";
import type { Migration } from "./migration.ts";

/** In the order they are applied. Append only. */
export const migrations: readonly Migration[] = [first];
