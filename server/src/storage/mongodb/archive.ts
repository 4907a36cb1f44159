/** Exchanges in MongoDB, one document each (docs/decisions/0067). The driver is loaded only where `MONGODB_URL` is set. */
import type { AnyBulkWriteOperation, Collection, MongoClient, MongoClientOptions } from "mongodb";
import { newId } from "../../core/ids.ts";
import type { Exchange, Ms } from "../../core/model.ts";
import type { Archive, RefusedExchange } from "../../core/ports/archive.ts";
import type { Log } from "../../core/ports/world.ts";
import { documentOf, exchangeOf, type ExchangeDocument } from "./document.ts";

export interface ArchiveOptions {
  /** Its database is that of the path, else `tillway`. */
  readonly url: string;
  /** After which time documents go. */
  readonly keptMs: Ms;
  readonly log: Pick<Log, "info">;
}

/** `cause` says why it cannot be opened; the message holds nothing of the URL. */
export class UnfitArchive extends Error {
  override readonly name = "UnfitArchive";
  readonly reason: "no_driver" | "bad_url";
  constructor(reason: UnfitArchive["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

const DATABASE = "tillway";
const COLLECTION = "exchanges";
/** Codes of the server's errors. */
const DUPLICATE = 11_000;
const OTHER_OPTIONS = 85;
/** What a TTL index can say: 68 years. */
const TTL_SECONDS_MAX = 2_147_483_647;
/** A majority that takes longer has not acknowledged: the rows are sent again. */
const MAJORITY_MS = 5_000;

const driverOptions: MongoClientOptions = {
  appName: "tillway",
  maxPoolSize: 4,
  // Whoever asks it has something better to do than to wait.
  serverSelectionTimeoutMS: 2_000,
  connectTimeoutMS: 2_000,
  socketTimeoutMS: 10_000,
  // A member that lags would not show what has left our own database already.
  readPreference: "primary",
  writeConcern: { w: "majority", wtimeoutMS: MAJORITY_MS },
};

/** Opens no connection yet: a server that is away keeps nothing from starting. Throws `UnfitArchive`. */
export async function openArchive(options: ArchiveOptions): Promise<Archive> {
  const driver = await load();
  // Opens nothing: it only judges the URL.
  clientOf(driver, options.url);
  return archiveOf(driver, connectionOf(driver, options.url), options);
}

interface Connection {
  documents(): Promise<Collection<ExchangeDocument>>;
  close(): Promise<void>;
}

/** A client of the driver whose first connection failed stays closed for ever: whoever asks next gets a new one. One that was connected finds its way back by itself. */
function connectionOf(driver: Driver, url: string): Connection {
  const [, named = DATABASE] = /^mongodb(?:\+srv)?:\/\/[^/?]+\/([^?]+)/.exec(url) ?? [];
  let opening: Promise<MongoClient> | null = null;
  const open = async (): Promise<MongoClient> => {
    const client = clientOf(driver, url);
    try {
      return await client.connect();
    } catch (error) {
      opening = null;
      await client.close().catch(() => undefined);
      throw error;
    }
  };
  return {
    documents: async () => (await (opening ??= open())).db(decodeURIComponent(named)).collection<ExchangeDocument>(COLLECTION),
    close: async () => {
      const client = await opening?.catch(() => null);
      await client?.close();
    },
  };
}

type Driver = Awaited<ReturnType<typeof driverOf>>;
const driverOf = () => import("mongodb");

async function load(): Promise<Driver> {
  try {
    return await driverOf();
  } catch (error) {
    throw new UnfitArchive("no_driver", (error as Error).message);
  }
}

function clientOf({ MongoClient }: Driver, url: string): MongoClient {
  try {
    return new MongoClient(url, driverOptions);
  } catch {
    throw new UnfitArchive("bad_url", "the driver cannot read the URL");
  }
}

function archiveOf(driver: Driver, connection: Connection, { keptMs, log }: ArchiveOptions): Archive {
  let isPrepared = false;
  return {
    write: async (rows) => {
      const documents = await connection.documents();
      if (!isPrepared) await makeIndexes(driver, documents, { keptMs, log });
      isPrepared = true;
      return writeAll(driver, documents, rows);
    },
    ofPayment: async ({ merchantId, mode }, paymentId, limit) => {
      const of = { payment_id: paymentId, merchant_id: merchantId, mode };
      const found = (await connection.documents()).find(of).sort({ _id: 1 });
      return (await found.limit(limit).toArray()).map(exchangeOf);
    },
    purge: async (before, limit) => {
      const documents = await connection.documents();
      // Ids begin with their time. A server with TTL indexes has removed them before us.
      const old = documents.find({ _id: { $lt: newId("exc", before, new Uint8Array(16)) } }).sort({ _id: 1 });
      const ids = (await old.limit(limit).project({ _id: 1 }).toArray()).map((row) => row["_id"] as string);
      return ids.length === 0 ? 0 : (await documents.deleteMany({ _id: { $in: ids } })).deletedCount;
    },
    ping: async () => void (await (await connection.documents()).db.command({ ping: 1 })),
    close: () => connection.close(),
  };
}

/** Where the server has no TTL indexes, the clean-up of ours removes old documents: it looks for them everywhere. */
async function makeIndexes(
  { MongoServerError }: Driver,
  documents: Collection<ExchangeDocument>,
  { keptMs, log }: Pick<ArchiveOptions, "keptMs" | "log">,
): Promise<void> {
  await documents.createIndex({ payment_id: 1, _id: 1 }, { name: "of_payment" });
  const expireAfterSeconds = Math.min(Math.ceil(keptMs / 1_000), TTL_SECONDS_MAX);
  try {
    await documents.createIndex({ started_at: 1 }, { name: "kept", expireAfterSeconds }).catch(async (error: unknown) => {
      if (!(error instanceof MongoServerError) || error.code !== OTHER_OPTIONS) throw error;
      await documents.db.command({ collMod: COLLECTION, index: { name: "kept", expireAfterSeconds } });
    });
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    log.info({ code: error.code }, "this MongoDB server has no TTL index for exchanges: the clean-up removes them when they are old");
  }
}

/** Unordered: one that is refused holds up no other. */
async function writeAll(
  driver: Driver,
  documents: Collection<ExchangeDocument>,
  rows: readonly Exchange[],
): Promise<readonly RefusedExchange[]> {
  const inserts = rows.map((row): AnyBulkWriteOperation<ExchangeDocument> => ({ insertOne: { document: documentOf(row) } }));
  try {
    const result = await documents.bulkWrite(inserts, { ordered: false });
    refuseUnconfirmed(result);
    return [];
  } catch (error) {
    if (!(error instanceof driver.MongoBulkWriteError)) throw error;
    refuseUnconfirmed(error.result);
    const failed = [error.writeErrors]
      .flat()
      .map(({ code, index, errmsg }) => ({ id: rows[index]!.id, code, reason: `${code} ${errmsg ?? ""}` }));
    if (failed.length === 0) throw error;
    const there = await confirmed(
      documents,
      failed.filter(({ code }) => code === DUPLICATE).map(({ id }) => id),
    );
    return failed
      .filter(({ id }) => !there.has(id))
      .map(({ id, code, reason }) => ({ id, reason: code === DUPLICATE ? "not confirmed by a majority yet" : reason }));
  }
}

/** A server that wrote, and whose majority did not, may still lose what it wrote. */
function refuseUnconfirmed(result: { getWriteConcernError(): { readonly errmsg?: string | undefined } | undefined }): void {
  const missing = result.getWriteConcernError();
  if (missing) throw new Error(`no majority has acknowledged the write: ${missing.errmsg ?? ""}`);
}

/** What was sent before: its first write may have reached one member only, so that a majority has to show it. */
async function confirmed(documents: Collection<ExchangeDocument>, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const found = documents.find({ _id: { $in: [...ids] } }, { readConcern: { level: "majority" } }).project({ _id: 1 });
  return new Set((await found.toArray()).map((row) => row["_id"] as string));
}
