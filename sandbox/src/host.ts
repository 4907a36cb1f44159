/** A far side that lives: the pure part with its books, a journal, a clock, and the sender of its webhooks. */
import type { Clock } from "./ports.ts";
import type { HttpPort } from "./ports.ts";
import { countEntries, entriesOf, forget, revived } from "./books.ts";
import type { FaultName } from "./faults.ts";
import { apply, emptyLedger, type Entry, type Ledger } from "./ledger.ts";
import { memoryJournal, openJournal, type Journal } from "./journal.ts";
import { handle } from "./gateway/far-side.ts";
import type { SandboxSettings } from "./gateway/settings.ts";
import { startSender } from "./sender.ts";
import { answer, type FarReply, type FarRequest } from "./gateway/wire.ts";

export interface FarSide {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** The reply, once what it tells is durable. The caller waits `delayMs` before it passes it on. Never rejects. */
  handle(request: FarRequest, fault?: FaultName): Promise<FarReply>;
  /** Stops webhooks, waits for what is being written, closes the journal. */
  close(): Promise<void>;
}

export interface FarSideDeps {
  readonly settings: SandboxSettings;
  readonly clock: Clock;
  /** For webhooks to us; null: they stay owed. */
  readonly http: HttpPort | null;
  /** File of the journal; null: books in memory only. */
  readonly journalPath: string | null;
}

/** While it runs, a far side forgets this often; its file is rewritten at the next start. */
const FORGET_EVERY_MS = 3_600_000;

/** Opens the books, and starts to send what is owed. Rejects where the journal cannot be opened or is damaged. */
export async function startFarSide({ settings, clock, http, journalPath }: FarSideDeps): Promise<FarSide> {
  const ledger = emptyLedger();
  const journal = journalPath === null ? memoryJournal() : await openBooks(ledger, journalPath);
  const sender = http === null ? null : startSender({ ledger, journal, clock, http });
  let forgetAt = clock.now() + FORGET_EVERY_MS;
  return {
    ledger,
    clock,
    async handle(request, fault) {
      if (clock.now() >= forgetAt) {
        forget(ledger);
        forgetAt = clock.now() + FORGET_EVERY_MS;
      }
      const { entries, reply } = handle(ledger, settings, request, { now: clock.now(), fault });
      try {
        await journal.append(entries);
      } catch {
        // The disk failed: whether this entry will be found again is unknown, and so is the answer.
        return answer(500, '{"error":{"code":"journal_failed","message":"The books cannot be written."}}');
      }
      if (entries.length > 0) sender?.noticed(entries);
      return reply;
    },
    async close() {
      await sender?.stop();
      await journal.close();
    },
  };
}

/** While it reads a long journal, the far side forgets after so many lines, or memory would follow the file. */
const FORGET_EVERY_LINES = 50_000;
/** A journal shorter than this is not worth a rewrite; a longer one is where half of it says nothing any more. */
const REWRITTEN_LINES_MIN = 1_000;

function openBooks(ledger: Ledger, path: string): Promise<Journal> {
  let replayed = 0;
  const replay = (entry: Entry): void => {
    apply(ledger, revived(entry));
    replayed += 1;
    if (replayed % FORGET_EVERY_LINES === 0) forget(ledger);
  };
  return openJournal(path, replay, (lines) => {
    forget(ledger);
    return lines >= REWRITTEN_LINES_MIN && lines >= 2 * countEntries(ledger) ? entriesOf(ledger) : null;
  });
}
