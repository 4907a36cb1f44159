/** The versions of the API. A new one: a file that is named by its date, and its line here. */
import { first } from "./2026-11-27-first.ts";
import type { VersionChange } from "./change.ts";
import { createVersions } from "./walk.ts";

/** Oldest first. Append only: callers are pinned to them. */
export const changes: readonly VersionChange[] = [first];

export const versions = createVersions(changes);
