/** Lists read from standbys, never staler than the primary: docs/decisions/0066. */
import type { Log } from "../../core/ports/world.ts";
import type { Database, Statement } from "./connect.ts";
import { isOfPrimary } from "./lists.ts";

/** What a standby has not replayed by then, the primary answers. */
export const REPLAY_WAIT_MS = 50;
const LOOK_EVERY_MS = 5;
/** Statements of lists end after two seconds at the server; a caller of a standby that fell silent waits no longer than this. */
const ANSWER_WITHIN_MS = 1_000;
/** A standby that was late or away is left alone for so long. */
const LEAVE_ALONE_MS = 1_000;

export interface ReplicaState {
  /** `late`: it has not replayed in time what the primary has. `foreign`: it is no standby of this primary's present history. */
  readonly status: "ok" | "late" | "foreign" | "down";
  /** Bytes of the log that it has yet to replay; null: it did not say. */
  readonly behindBytes: number | null;
}

export interface Replicas {
  /** Statements that write nothing are answered by a standby that has replayed all that was committed before they came; else by the primary. */
  readonly lists: Database;
  /** Asks each of them now. Never rejects. */
  look(): Promise<readonly ReplicaState[]>;
}

/** Where a server's history stands: bytes of its log, in which timeline of which cluster. */
interface Position {
  readonly at: bigint;
  readonly history: string;
  /** When the server was started. */
  readonly since: string;
}

/** @param replicas pools of standbys, which are used in turn; the caller closes them */
export function withReplicas(primary: Database, replicas: readonly Database[], log: Log): Replicas {
  const position = nextAnswerOf(() => read(primary, primaryText));
  const standbys = replicas.map((replica, index) =>
    standbyOf(replica, (fields, text) => log.warn({ replica: index + 1, ...fields }, text)),
  );
  let turn = 0;
  const next = (): Standby | undefined => {
    for (let tried = 0; tried < standbys.length; tried++) {
      const standby = standbys[turn++ % standbys.length]!;
      if (standby.mayBeAsked()) return standby;
    }
    return undefined;
  };

  return {
    lists: {
      ...primary,
      query: async (statement, values, by) => {
        const standby = by === undefined && !isOfPrimary(statement.name) ? next() : undefined;
        const rows = standby && (await standby.ask(statement, values, position));
        return rows ?? primary.query(statement, values, by);
      },
    },
    look: () => Promise.all(standbys.map((standby) => standby.look(position))),
  };
}

type Standby = ReturnType<typeof standbyOf>;

function standbyOf(database: Database, warn: (fields: object, text: string) => void) {
  let leftAloneUntilMs = 0;
  let isTold = false;
  const look = nextAnswerOf(() => read(database, standbyText));

  /** Waits until it has replayed so far; says what keeps it. What it said before is no proof: one that was restarted may be behind that. */
  async function reach(position: Position): Promise<{ readonly status: ReplicaState["status"]; readonly found: Position }> {
    const untilMs = performance.now() + REPLAY_WAIT_MS;
    for (;;) {
      const found = await look();
      if (found.history !== position.history) return { status: "foreign", found };
      if (found.at >= position.at) return { status: "ok", found };
      if (performance.now() > untilMs) return { status: "late", found };
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  function leaveAlone(status: string, error?: unknown): null {
    leftAloneUntilMs = performance.now() + LEAVE_ALONE_MS;
    if (!isTold)
      warn({ status, ...(error !== undefined && { error: (error as Error).message }) }, "the primary answers for a read replica");
    isTold = true;
    return null;
  }

  return {
    mayBeAsked: () => performance.now() >= leftAloneUntilMs,
    /** Null: the primary must answer. What is wrong with the question itself the primary says too. */
    async ask(statement: Statement, values: readonly unknown[], position: () => Promise<Position>) {
      try {
        const { status, found } = await within(ANSWER_WITHIN_MS, async () => reach(await position()));
        if (status !== "ok") return leaveAlone(status);
        const rows = await within(ANSWER_WITHIN_MS, () => database.query(statement, values));
        // These rows may be of another session, after a restart.
        if ((await within(ANSWER_WITHIN_MS, look)).since !== found.since) return leaveAlone("down");
        if (isTold) warn({}, "a read replica answers again");
        isTold = false;
        return rows;
      } catch (error) {
        return leaveAlone("down", error);
      }
    },
    async look(position: () => Promise<Position>): Promise<ReplicaState> {
      try {
        const asked = await within(ANSWER_WITHIN_MS, position);
        const { status, found } = await within(ANSWER_WITHIN_MS, () => reach(asked));
        return { status, behindBytes: found.at >= asked.at ? 0 : Number(asked.at - found.at) };
      } catch {
        return { status: "down", behindBytes: null };
      }
    },
  };
}

/** Of a cluster and a timeline: after a failover the log of a standby may have taken another way than that of the new primary. */
const history = (timeline: string): string => `(select system_identifier from pg_control_system())::text || ' ' || ${timeline}`;
const SINCE = "pg_postmaster_start_time()::text as since";

/** What was acknowledged is flushed. */
const primaryText = `select pg_current_wal_flush_lsn() - '0/0' as at,
  ${history("left(pg_walfile_name(pg_current_wal_flush_lsn()), 8)")} as history, ${SINCE}`;
/** A server that was promoted is no standby any more: it has no history that fits. Its timeline is the one of its last restart point. */
const standbyText = `select coalesce(pg_last_wal_replay_lsn() - '0/0', 0) as at,
  case when pg_is_in_recovery() then ${history("(select upper(lpad(to_hex(timeline_id), 8, '0')) from pg_control_checkpoint())")} else '' end as history, ${SINCE}`;

async function read(database: Database, text: string): Promise<Position> {
  const [row] = await database.query({ name: "wal_position", text }, []);
  return { at: BigInt(row!.at as string), history: row!.history as string, since: row!.since as string };
}

/** One question at a time. Whoever asks while one is under way gets the answer of the next: the one under way may be older than the question. */
export function nextAnswerOf<Value>(send: () => Promise<Value>): () => Promise<Value> {
  let running: Promise<unknown> | null = null;
  let next: Promise<Value> | null = null;
  const start = (): Promise<Value> => {
    next = null;
    const answer = send();
    running = answer.catch(() => undefined).then(() => void (running = null));
    return answer;
  };
  return () => next ?? (running === null ? start() : (next = running.then(start)));
}

/** Throws if it takes longer. */
async function within<Value>(ms: number, ask: () => Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([ask(), late]);
  } finally {
    clearTimeout(timer);
  }
}
