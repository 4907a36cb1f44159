import { migrate } from "../../server/src/storage/postgres/migrate.ts";
import { freshDatabase } from "./databases.ts";
import type { FreshDatabase } from "./databases.ts";

/** Makes a database with our schema: the migrations run once per test run and server, every further one is a copy. */
export async function migratedDatabase(serverUrl: string): Promise<FreshDatabase> {
  return await freshDatabase(serverUrl, { name: "migrated", build: async (url) => void (await migrate(url)) });
}
