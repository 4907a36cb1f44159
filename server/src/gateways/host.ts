/** A far side that lives: the pure part with its books, a journal, a clock, and the sender of its webhooks. */
import type { Clock } from "../core/ports/clock.ts";
import type { HttpPort } from "../core/ports/http.ts";
import type { FaultName } from "./faults.ts";
import { apply, emptyLedger, type Account, type Entry, type Ledger, type Owed } from "./ledger.ts";
import { memoryJournal, openJournal, type Journal } from "./journal.ts";
import { handle } from "./sandbox/far-side.ts";
import type { SandboxSettings } from "./sandbox/settings.ts";
import { afterTry, signature, SIGNATURE_HEADER } from "./sandbox/webhooks.ts";
import { answer, type FarReply, type FarRequest } from "./sandbox/wire.ts";

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

/** Opens the books, and starts to send what is owed. Rejects where the journal cannot be opened or is damaged. */
export async function startFarSide({ settings, clock, http, journalPath }: FarSideDeps): Promise<FarSide> {
  const ledger = emptyLedger();
  const journal = journalPath === null ? memoryJournal() : await openJournal(journalPath, (entry) => apply(ledger, entry));
  const sender = http === null ? null : startSender({ ledger, journal, clock, http });
  return {
    ledger,
    clock,
    async handle(request, fault) {
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

/** At most this many webhooks under way at once. */
const SENDS_MAX = 32;
const IDLE_MS = 60_000;
/** Webhooks that fall due within this go out together. */
const NAP_MIN_MS = 5;

interface SenderDeps {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly http: HttpPort;
}

interface Sender {
  /** Looks again where one of these entries is due before the end of the nap. */
  noticed(entries: readonly Entry[]): void;
  stop(): Promise<void>;
}

function startSender(deps: SenderDeps): Sender {
  const sending = new Map<string, Promise<void>>();
  let stopped = false;
  let pause = new AbortController();
  let nap = new AbortController();
  let napEnds = 0;
  const wake = (): void => nap.abort();

  async function run(): Promise<void> {
    while (!stopped) {
      pause = new AbortController();
      nap = new AbortController();
      napEnds = startDue(deps, sending, wake);
      await deps.clock.sleep(NAP_MIN_MS, pause.signal);
      await deps.clock.sleep(Math.max(0, napEnds - deps.clock.now()), nap.signal);
    }
    await Promise.all(sending.values());
  }

  const running = run();
  return {
    noticed(entries) {
      if (entries.some((entry) => entry.kind === "owed" && entry.owed.dueAt < napEnds)) wake();
    },
    stop() {
      stopped = true;
      pause.abort();
      wake();
      return running;
    },
  };
}

/** Starts what is due. @returns when to look again */
function startDue(deps: SenderDeps, sending: Map<string, Promise<void>>, wake: () => void): number {
  const now = deps.clock.now();
  let next = now + IDLE_MS;
  for (const owed of deps.ledger.owed.values()) {
    if (sending.has(owed.id)) continue;
    if (owed.dueAt > now) next = Math.min(next, owed.dueAt);
    else if (sending.size < SENDS_MAX) {
      const sent = sendOne(deps, owed).finally(() => {
        sending.delete(owed.id);
        wake();
      });
      sending.set(owed.id, sent);
    }
  }
  return next;
}

async function sendOne({ ledger, journal, clock, http }: SenderDeps, owed: Owed): Promise<void> {
  const account = ledger.accounts.get(owed.account);
  const ok = account !== undefined && (await post(http, account, owed.body, clock.now()));
  // A cancel may have dropped it meanwhile.
  if (!ledger.owed.has(owed.id)) return;
  const entry = afterTry(owed, ok, clock.now());
  apply(ledger, entry);
  // A webhook sent twice because its entry was lost is what webhooks are like; a failed journal shows in the answers.
  await journal.append([entry]).catch(() => undefined);
}

/** False too where the account has no address any more: it may get one before the schedule ends. */
async function post(http: HttpPort, account: Account, body: string, nowMs: number): Promise<boolean> {
  if (account.webhookUrl === null) return false;
  const url = `${account.webhookUrl}/v1/gateways/sandbox/${account.id}/webhooks`;
  const headers = { "content-type": "application/json", [SIGNATURE_HEADER]: signature(account.webhookSecret, body, nowMs) };
  const result = await http.send({ method: "POST", url, headers, body, connectTimeoutMs: 2_000, totalTimeoutMs: 5_000, maxBytes: 65_536 });
  return result.kind === "answer" && result.status >= 200 && result.status < 300;
}
