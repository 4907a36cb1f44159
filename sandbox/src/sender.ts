/** Sends the webhooks that the far side owes. */
import type { Clock } from "./ports.ts";
import type { HttpPort } from "./ports.ts";
import { createDueList, type DueList } from "./due.ts";
import type { Journal } from "./journal.ts";
import { apply, type Account, type Entry, type Ledger, type Owed } from "./ledger.ts";
import { afterTry, signature, SIGNATURE_HEADER } from "./gateway/webhooks.ts";

/** At most this many webhooks under way at once. */
const SENDS_MAX = 32;
const IDLE_MS = 60_000;
/** Webhooks that fall due within this go out together. */
const NAP_MIN_MS = 5;

export interface SenderDeps {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly http: HttpPort;
}

export interface Sender {
  /** Looks again where one of these entries is due before the end of the nap. */
  noticed(entries: readonly Entry[]): void;
  stop(): Promise<void>;
}

/** Sends what is owed when it is due, until it is stopped. */
export function startSender(deps: SenderDeps): Sender {
  const due = createDueList();
  const sending = new Map<string, Promise<void>>();
  let stopped = false;
  let pause = new AbortController();
  let nap = new AbortController();
  let napEnds = 0;
  const wake = (): void => nap.abort();

  async function run(): Promise<void> {
    for (const owed of deps.ledger.owed.values()) due.add(owed.id, owed.dueAt);
    while (!stopped) {
      pause = new AbortController();
      nap = new AbortController();
      napEnds = startDue(deps, { due, sending, wake });
      await deps.clock.sleep(NAP_MIN_MS, pause.signal);
      await deps.clock.sleep(Math.max(0, napEnds - deps.clock.now()), nap.signal);
    }
    await Promise.all(sending.values());
  }

  const running = run();
  return {
    noticed(entries) {
      for (const entry of entries) {
        if (entry.kind !== "owed") continue;
        due.add(entry.owed.id, entry.owed.dueAt);
        if (entry.owed.dueAt < napEnds) wake();
      }
    },
    stop() {
      stopped = true;
      pause.abort();
      wake();
      return running;
    },
  };
}

interface Round {
  readonly due: DueList;
  readonly sending: Map<string, Promise<void>>;
  readonly wake: () => void;
}

/** Starts what is due. @returns when to look again; the end of a sending wakes as well */
function startDue(deps: SenderDeps, { due, sending, wake }: Round): number {
  const now = deps.clock.now();
  while (sending.size < SENDS_MAX) {
    const id = due.take(now);
    if (id === null) return Math.min(now + IDLE_MS, due.nextAt() ?? Infinity);
    const owed = deps.ledger.owed.get(id);
    // Called off meanwhile, or put off: then it stands in the list once more.
    if (owed === undefined || owed.dueAt > now || sending.has(id)) continue;
    const sent = sendOne(deps, owed).then((again) => {
      sending.delete(id);
      if (again !== null) due.add(id, again);
      wake();
    });
    sending.set(id, sent);
  }
  return now + IDLE_MS;
}

/** One try. @returns when the next one is due; null: there is none. Never rejects */
async function sendOne({ ledger, journal, clock, http }: SenderDeps, owed: Owed): Promise<number | null> {
  const account = ledger.accounts.get(owed.account);
  const ok = account !== undefined && (await post(http, account, owed.body, clock.now()));
  // A cancel may have dropped it meanwhile.
  if (!ledger.owed.has(owed.id)) return null;
  const entry = afterTry(owed, ok, clock.now());
  apply(ledger, entry);
  // A webhook sent twice because its entry was lost is what webhooks are like; a failed journal shows in the answers.
  await journal.append([entry]).catch(() => undefined);
  return entry.kind === "owed" ? entry.owed.dueAt : null;
}

/** False too where the account has no address any more: it may get one before the schedule ends. */
async function post(http: HttpPort, account: Account, body: string, nowMs: number): Promise<boolean> {
  if (account.webhookUrl === null) return false;
  const url = `${account.webhookUrl}/v1/gateways/sandbox/${account.id}/webhooks`;
  const headers = { "content-type": "application/json", [SIGNATURE_HEADER]: signature(account.webhookSecret, body, nowMs) };
  const result = await http.send({ method: "POST", url, headers, body, connectTimeoutMs: 2_000, totalTimeoutMs: 5_000, maxBytes: 65_536 });
  return result.kind === "answer" && result.status >= 200 && result.status < 300;
}
