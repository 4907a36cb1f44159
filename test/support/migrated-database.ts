import { migrate } from "../../server/src/storage/postgres/migrate.ts";
import { connect } from "./connect.ts";
import { freshDatabase } from "./databases.ts";
import type { FreshDatabase } from "./databases.ts";

/**
 * Makes a database with our schema: the migrations run once per test run and server, every further one is a copy. Each is an installation of its
 * own: what was noted of one (a restore, how far its log was) would make the others look as if they had been set back.
 */
export async function migratedDatabase(serverUrl: string): Promise<FreshDatabase> {
  const made = await freshDatabase(serverUrl, { name: "migrated", build: async (url) => void (await migrate(url)) });
  await connect(made.url, async (client) => client.query("update database_identity set id = gen_random_uuid()::text"));
  return made;
}
