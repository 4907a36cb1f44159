/** The sandbox's far side with its journal in a file, as `all` and `gateway sandbox` open it. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "../config.ts";
import { createHttp } from "../net/http.ts";
import { acquireLock } from "../embedded/lock.ts";
import { type FarSide, startSandbox } from "@tillway/sandbox";
import { machineClock } from "../system/clock.ts";
import type { Life } from "./running.ts";
import { sandboxNotes, sandboxSettings, toldOnTheCommandLine, type SandboxOptions } from "./sandbox-settings.ts";

export interface SandboxPlace {
  readonly journalPath: string;
  /** Where a shopper's browser reaches the far side's own pages. */
  readonly publicUrl: string;
  /** What the command line says in place of the environment. */
  readonly options?: SandboxOptions;
}

/**
 * Opens the journal, for this process alone. Throws `EmbeddedPostgresError` if another one has it, `JournalError` if it is damaged,
 * `UsageError` if an option cannot be used.
 */
export async function openSandbox(config: Config, { journalPath, publicUrl, options = {} }: SandboxPlace, life: Life): Promise<FarSide> {
  const settings = toldOnTheCommandLine(sandboxSettings(config, publicUrl), options);
  const directory = dirname(journalPath);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = acquireLock(`${journalPath}.lock`, directory);
  life.onStop(async () => lock.release());
  const http = createHttp();
  life.onStop(() => http.close());
  const farSide = await startSandbox({ settings, clock: machineClock(), http, journalPath });
  life.onStop(() => farSide.close());
  for (const note of sandboxNotes(settings)) console.log(note);
  return farSide;
}
