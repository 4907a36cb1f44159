/** PostgreSQL 15 or newer behind the ports Store, Settings and Reads. The only SQL of Tillway lies in this folder. */
import type pg from "pg";
import type { Ms } from "../../core/model.ts";
import type { Figures, PoolUse } from "../../core/ports/figures.ts";
import type { Alarms } from "../../core/ports/alarms.ts";
import type { Analytics } from "../../core/ports/analytics.ts";
import type { Invariants } from "../../core/ports/invariants.ts";
import type { Archive, Archiving } from "../../core/ports/archive.ts";
import type { AuditStore } from "../../core/ports/audit.ts";
import type { DeadMessages } from "../../core/ports/dead-messages.ts";
import type { EmailCapture } from "../../core/ports/mail.ts";
import type { People } from "../../core/ports/people.ts";
import type { Restores } from "../../core/ports/restores.ts";
import type { ResultLog } from "../../core/ports/result-log.ts";
import type { RequestLog } from "../../core/ports/requests.ts";
import type { TestStorage } from "../../core/ports/test-mode.ts";
import type { Log } from "../../core/ports/world.ts";
import type { Reads } from "../../core/ports/reads.ts";
import type { Search } from "../../core/ports/search.ts";
import type { Settings } from "../../core/ports/settings.ts";
import type { Store } from "../../core/ports/store.ts";
import { withArchived } from "../archived-history.ts";
import { alarmsOf } from "./alarms.ts";
import { analyticsOf } from "./analytics.ts";
import { openDatabase, type Pool } from "./connect.ts";
import { auditOf } from "./audit.ts";
import { deadMessagesOf } from "./dead-messages.ts";
import { emailCaptureOf } from "./emails.ts";
import { figures } from "./figures.ts";
import { invariantsOf } from "./invariants.ts";
import { oldestSnapshot, ping, time, type HeldSnapshot } from "./lookups.ts";
import { outboxOf } from "./outbox.ts";
import { peopleOf } from "./people.ts";
import { readsOf } from "./reads.ts";
import { fillerOf } from "./finds.ts";
import { marksInMemory, restoresOf, watchOver, type Marks, type RestoreWatch } from "./restores.ts";
import { resultLogOf } from "./result-log.ts";
import { requestLogOf } from "./requests.ts";
import { withReplicas, type ReplicaState } from "./replicas.ts";
import { searchOf } from "./search.ts";
import { testModeOf } from "./test-mode.ts";
import { sealedBy, type RootKeys } from "./root-keys.ts";
import { settingsOf } from "./settings.ts";
import { storeOf, watchWrites } from "./store.ts";

export { inspectDatabase, type DatabaseFacts } from "./inspect.ts";
export { checkDatabase, migrate, OLDEST_MAJOR } from "./migrate.ts";

export interface PostgresOptions {
  readonly databaseUrl: string;
  /** Standbys of it that lists may be read from. */
  readonly replicaUrls?: readonly string[];
  /** 32 bytes; opens the root key, which seals secrets at rest and keys the hashes of API secrets. */
  readonly masterKey: Uint8Array;
  readonly log: Log;
  /** Where exchanges are moved to and read from as well; null: they stay. It is closed elsewhere. */
  readonly archive?: Archive | null;
  /** Where it is noted how far the database was; left out: this process alone knows. */
  readonly marks?: Marks;
  /** See `whyRestored`. */
  readonly keepsCommits?: boolean;
  /** True: it is only asked questions, and is not taken for a restored database. Default: false. */
  readonly onlyLooks?: boolean;
  /** See `PoolOptions`. */
  readonly connectWaitMs?: number;
  /** For tests: one row alone travels in arrays too, as many do. */
  readonly inArrays?: boolean;
}

export interface PostgresStorage {
  readonly store: Store;
  readonly settings: Settings;
  readonly reads: Reads;
  readonly people: People;
  readonly requests: RequestLog;
  readonly search: Search;
  /** Takes over what payments are found by, now and then until it is closed. */
  keepFinds(): void;
  /** Where e-mails are kept that are not sent. */
  readonly emails: EmailCapture;
  readonly audit: AuditStore;
  readonly alarms: Alarms;
  readonly upkeep: {
    readonly invariants: Invariants;
    readonly analytics: Analytics;
    readonly archiving: Archiving | null;
    readonly results: ResultLog;
    readonly deadMessages: DeadMessages;
  };
  readonly restores: Restores;
  /** For test mode only. */
  readonly testMode: TestStorage;
  /** Opens the root key by the master key; before it, the master key stands for it. Throws `UnfitDatabase` where it opens nothing here. @param looksOnly changes nothing */
  openRoot(looksOnly?: boolean): Promise<Uint8Array>;
  readonly rootKeys: Pick<RootKeys, "admit" | "admitted" | "keepOnly">;
  /** One cheap question over the connections that money takes. Throws where the database does not answer, or takes no writes. */
  ping(): Promise<void>;
  /** How each standby stands now, in the order of their URLs; undefined: there are none. */
  readonly replicas: (() => Promise<readonly ReplicaState[]>) | undefined;
  /** The database's time, in milliseconds since 1970. */
  time(): Promise<number>;
  /** The session that keeps dead rows from being removed the longest; null: none. */
  oldestSnapshot(): Promise<HeldSnapshot | null>;
  /** What waits, over all merchants. */
  figures(now: Ms): Promise<Omit<Figures, "oldestUnannouncedAt">>;
  /** The connections in use, by pool: `hot` is the one that money takes. */
  pools(): Readonly<Record<"hot" | "cold" | "lists", PoolUse>>;
  /** Opens the connections of the hot paths before the first request comes. */
  warm(): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** Two batches each of creates, commits, loads and deliveries, and two for claims and single questions. */
const HOT_CONNECTIONS = 10;
/** Configuration and details: few, and each finds its row by its key. */
const COLD_CONNECTIONS = 4;
/** Lists may be slow, and anybody may ask for many: they hold up each other, never a payment. */
const LIST_CONNECTIONS = 3;
/** What each API and each worker opens. */
export const connectionsOfProcess = HOT_CONNECTIONS + COLD_CONNECTIONS + LIST_CONNECTIONS;

function watchOf({ marks = marksInMemory(), keepsCommits = false, log }: PostgresOptions): RestoreWatch {
  return { marks, keepsCommits, log, state: { isOpen: false } };
}

/**
 * Of the primary. No session carries anything before it was seen that the database was not set back, or that it sends nothing: what reads says that
 * something is not there, which may only be forgotten.
 */
function openWatched({ databaseUrl, log, connectWaitMs, onlyLooks = false }: PostgresOptions, watch: RestoreWatch) {
  const onSession = async (client: Pick<pg.Client, "query">): Promise<void> => {
    await watchOver(async (_name, text, values) => (await client.query(text, [...values])).rows, watch);
  };
  return (size: number, hot = false): Pool =>
    openDatabase({ databaseUrl, log, connectWaitMs, size, hot, ...(!onlyLooks && { onSession }) });
}

/** Opens no connection before the first statement, so it works while the database is still starting. */
export async function connectPostgres(options: PostgresOptions): Promise<PostgresStorage> {
  const { log, connectWaitMs, replicaUrls = [], archive = null } = options;
  const watch = watchOf(options);
  const open = openWatched(options, watch);
  const hot = open(HOT_CONNECTIONS, true);
  const cold = open(COLD_CONNECTIONS);
  const { seal, rootKeys, openRoot } = sealedBy(cold, options.masterKey);
  const lists = open(LIST_CONNECTIONS);
  const standbys = replicaUrls.map((url) =>
    openDatabase({ databaseUrl: url, log, connectWaitMs, size: LIST_CONNECTIONS, hot: false, isStandby: true }),
  );
  const replicas = standbys.length === 0 ? null : withReplicas(lists, standbys, log);
  const listed = replicas?.lists ?? lists;
  const writes = watchWrites(hot);
  const filler = fillerOf(lists, log);
  const audit = auditOf(lists);
  const outbox = outboxOf(lists);
  return {
    store: storeOf(hot, seal, { writing: writes.database, inArrays: options.inArrays }),
    settings: settingsOf(cold, seal),
    reads: archive ? withArchived(readsOf(cold, listed), archive) : readsOf(cold, listed),
    people: peopleOf(cold, seal),
    requests: requestLogOf(lists),
    search: searchOf(listed),
    keepFinds: filler.start,
    emails: emailCaptureOf(cold),
    audit,
    alarms: alarmsOf(lists),
    upkeep: {
      invariants: invariantsOf(lists),
      analytics: analyticsOf(lists),
      archiving: archive && { outbox, archive },
      results: resultLogOf(lists),
      deadMessages: deadMessagesOf(lists),
    },
    restores: restoresOf(cold, watch),
    testMode: testModeOf(lists),
    ping: async () => {
      await ping(hot);
      const refusal = writes.refusal();
      if (refusal !== null) throw new Error(`the database refuses writes (${refusal})`);
    },
    replicas: replicas?.look,
    time: () => time(hot),
    oldestSnapshot: () => oldestSnapshot(cold),
    figures: async (now) => {
      const waiting = archive ? outbox.waiting() : null;
      const [found, unsealed, exchangesWaiting] = await Promise.all([figures(lists, now), audit.unsealed(1), waiting]);
      return { ...found, oldestUnsealedAt: unsealed[0]?.oldestAt ?? null, exchangesWaiting };
    },
    pools: () => ({ hot: hot.use(), cold: cold.use(), lists: lists.use() }),
    warm: () => hot.warm(),
    rootKeys,
    openRoot,
    close: async () => {
      await filler.stop();
      await Promise.all([hot, cold, lists, ...standbys].map((each) => each.close()));
    },
  };
}
