import pg from "pg";
import { databaseUser } from "./cluster.ts";
import { loopback } from "./port.ts";

/** The database made for Tillway in the embedded server. */
export const databaseName = "tillway";

/** How to reach a running server. */
export interface Address {
  readonly port: number;
  readonly password: string;
}

/** The directory of its socket as well; null if it has none. */
export interface Place extends Address {
  readonly socketDir: string | null;
}

/** The facts that a server reports about itself. */
export interface Identity {
  readonly dataDir: string;
  readonly version: string;
  /** Null if it cannot be asked by a socket: one that an older Tillway left running, or where there can't be one. */
  readonly socketDir: string | null;
}

const connectTimeoutMs = 5_000;

/** The URL of our database on this server: by its socket, which costs both sides less than TCP does, if it has one. */
export function databaseUrl({ password, port, socketDir }: Place): string {
  const socket = socketDir === null ? "" : `?host=${encodeURIComponent(socketDir)}`;
  return `postgres://${databaseUser}:${password}@${loopback}:${port}/${databaseName}${socket}`;
}

/** Asks the server for its data directory, makes our database if missing. Throws the errors of the driver. */
export async function openServer(address: Address): Promise<Identity> {
  const client = await connect(address, loopback);
  try {
    const { rows } = await client.query<{ data_directory: string; server_version: string; sockets: string; has_database: boolean }>(
      `SELECT current_setting('data_directory') AS data_directory, current_setting('server_version') AS server_version,
              current_setting('unix_socket_directories') AS sockets,
              EXISTS (SELECT FROM pg_database WHERE datname = '${databaseName}') AS has_database`,
    );
    const row = rows[0];
    if (row === undefined) throw new Error("the server answered without a row");
    if (!row.has_database) await client.query(`CREATE DATABASE ${databaseName}`);
    return { dataDir: row.data_directory, version: row.server_version, socketDir: await socketOf(address, row.sockets) };
  } finally {
    await client.end();
  }
}

/** The directory if a connection through its socket comes about: the file may be gone, or pg_hba.conf may allow TCP only. */
async function socketOf(address: Address, dir: string): Promise<string | null> {
  if (dir === "") return null;
  try {
    await (await connect(address, dir)).end();
    return dir;
  } catch {
    return null;
  }
}

/** To the database that every server has. Throws the errors of the driver. @param host an address, or the directory of a socket */
async function connect(address: Address, host: string): Promise<pg.Client> {
  const client = new pg.Client({
    host,
    port: address.port,
    user: databaseUser,
    password: address.password,
    database: "postgres",
    connectionTimeoutMillis: connectTimeoutMs,
    ssl: false,
  });
  // A connection that ends while idle must not end our process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
