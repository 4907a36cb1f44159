/** The sandbox's far side with its books in a file, as `all` and `gateway sandbox` open it. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "../config.ts";
import { createHttp } from "../connectors/http.ts";
import { acquireLock } from "../embedded/lock.ts";
import { startFarSide, type FarSide } from "../gateways/host.ts";
import { databaseClock } from "../system/clock.ts";
import type { Life } from "./running.ts";
import { sandboxSettings } from "./sandbox-settings.ts";

/**
 * Opens the books, for this process alone. Throws `EmbeddedPostgresError` where another one has them, `JournalError` where they are damaged.
 * @param publicUrl where a shopper's browser reaches the far side's own pages
 */
export async function openSandbox(config: Config, given: { journalPath: string; publicUrl: string }, life: Life): Promise<FarSide> {
  const { journalPath, publicUrl } = given;
  const directory = dirname(journalPath);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = acquireLock(`${journalPath}.lock`, directory);
  life.onStop(async () => lock.release());
  const http = createHttp();
  life.onStop(() => http.close());
  const farSide = await startFarSide({ settings: sandboxSettings(config, publicUrl), clock: databaseClock(), http, journalPath });
  life.onStop(() => farSide.close());
  return farSide;
}
