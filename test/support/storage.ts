import { connectPostgres, type PostgresOptions, type PostgresStorage } from "../../server/src/storage/postgres/index.ts";
import { migratedDatabase } from "./migrated-database.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface TestStorage extends PostgresStorage {
  readonly databaseUrl: string;
}

/** A migrated database of its own on this server, with the storage over it; `close` removes both. */
export async function postgresStorage(serverUrl: string, options: Pick<PostgresOptions, "inArrays"> = {}): Promise<TestStorage> {
  const database = await migratedDatabase(serverUrl);
  const storage = await connectPostgres({
    databaseUrl: database.url,
    masterKey: new Uint8Array(32).fill(7),
    log: silent,
    connectWaitMs: 15_000,
    ...options,
  });
  const close = async (): Promise<void> => {
    await storage.close();
    await database.drop();
  };
  return { ...storage, databaseUrl: database.url, close };
}
