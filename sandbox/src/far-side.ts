/** A far side that lives: a gateway's pure part with its ledger, a journal, a clock, and the sender of its webhooks. */
import type { Connection, FaultName } from "./faults.ts";
import { memoryJournal, openJournal, type Journal } from "./journal.ts";
import { apply, emptyLedger, type Entry, type Ledger } from "./ledger.ts";
import type { Clock, HttpPort, Ms } from "./ports.ts";
import { countEntries, entriesOf, forget, revived } from "./retention.ts";
import { startSender, type SenderDeps } from "./sender.ts";

/** Bodies are small; larger ones are refused. */
export const FAR_SIDE_BODY_MAX = 65_536;

export interface FarRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | null;
}

export interface FarReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The caller gets it this long after its request. */
  readonly delayMs: number;
  readonly connection: Connection;
}

/** The effect of a request: these entries are applied and made durable before the reply leaves. */
export interface Handled {
  readonly entries: readonly Entry[];
  readonly reply: FarReply;
}

export interface Circumstances {
  readonly now: Ms;
  /** From outside: wins over the scenario's fault and over a flaky gateway's. */
  readonly fault?: FaultName;
}

/** How one gateway differs from another: its answers and its webhooks. Pure: no clock, timer or chance inside. */
export interface Gateway {
  /** Decides and applies. The caller makes `entries` durable before it lets the reply go. */
  handle(ledger: Ledger, request: FarRequest, circumstances: Circumstances): Handled;
  readonly webhook: SenderDeps["webhook"];
  /** The same text, as one shared string if many operations have it: a ledger of a million charges holds it once. */
  shared(source: string): string;
}

/** What a server and the way within one process need of a far side, whosever it is. */
export interface Answering {
  readonly clock: Clock;
  /** The reply, once everything it says is durable. The caller waits `delayMs` before it passes it on. Never rejects. */
  handle(request: FarRequest, fault?: FaultName): Promise<FarReply>;
}

export interface FarSide extends Answering {
  readonly ledger: Ledger;
  /** Stops webhooks, waits for writes under way, closes the journal. */
  close(): Promise<void>;
}

export interface FarSideDeps {
  readonly gateway: Gateway;
  readonly clock: Clock;
  /** For webhooks to us; null: they stay owed. */
  readonly http: HttpPort | null;
  /** File of the journal; null: a ledger in memory only. */
  readonly journalPath: string | null;
}

/** While it runs, a far side forgets this often; its file is rewritten at the next start. */
const FORGET_EVERY_MS = 3_600_000;

/** Opens the journal, and starts to send the webhooks that are owed. Rejects if the journal cannot be opened or is damaged. */
export async function startFarSide({ gateway, clock, http, journalPath }: FarSideDeps): Promise<FarSide> {
  const ledger = emptyLedger();
  const journal = journalPath === null ? memoryJournal() : await replayed(ledger, gateway, journalPath);
  const sender = http === null ? null : startSender({ ledger, journal, clock, http, webhook: gateway.webhook });
  /** Entries that could not be written: the webhooks that they owe leave once they are. */
  const unnoticed: Entry[] = [];
  let forgetAt = clock.now() + FORGET_EVERY_MS;
  return {
    ledger,
    clock,
    async handle(request, fault) {
      let entries: readonly Entry[] = [];
      try {
        // While the disk fails nothing new is done; each request tries once more to write the entries that are left.
        if (journal.isBehind()) await journal.append([]);
        sender?.noticed(unnoticed.splice(0));
        if (clock.now() >= forgetAt) {
          forget(ledger);
          forgetAt = clock.now() + FORGET_EVERY_MS;
        }
        const handled = gateway.handle(ledger, request, { now: clock.now(), fault });
        entries = handled.entries;
        await journal.append(entries);
        sender?.noticed(entries);
        return handled.reply;
      } catch {
        unnoticed.push(...entries);
        // Whether this request's entries will be found after a crash is unknown, and so is the answer.
        return answer(500, '{"error":{"code":"journal_failed","message":"The journal cannot be written."}}');
      }
    },
    async close() {
      await sender?.stop();
      await journal.close();
    },
  };
}

/** A reply in JSON over a sound connection. */
export function answer(status: number, body: string, delayMs = 0): FarReply {
  return { status, headers: { "content-type": "application/json" }, body, delayMs, connection: "open" };
}

/** While it reads a long journal, the far side forgets after so many lines, or memory would follow the file. */
const FORGET_EVERY_LINES = 50_000;
/** A journal shorter than this is not worth a rewrite; a longer one is, once half of its lines are out of date. */
const REWRITTEN_LINES_MIN = 1_000;

function replayed(ledger: Ledger, gateway: Gateway, path: string): Promise<Journal> {
  let lines = 0;
  const replay = (entry: Entry): void => {
    apply(ledger, revived(entry, gateway.shared));
    lines += 1;
    if (lines % FORGET_EVERY_LINES === 0) forget(ledger);
  };
  return openJournal(path, replay, (all) => {
    forget(ledger);
    return all >= REWRITTEN_LINES_MIN && all >= 2 * countEntries(ledger) ? entriesOf(ledger) : null;
  });
}
