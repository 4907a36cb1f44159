/** Sends the webhooks that the far side owes. */
import type { Clock, HttpPort, Ms } from "./ports.ts";
import { createDueList, type DueList } from "./heap.ts";
import type { Journal } from "./journal.ts";
import { apply, type Account, type Entry, type Ledger, type Owed } from "./ledger.ts";

/** At most this many webhooks under way at once. */
const SENDS_MAX = 32;
/** Gaps after a failed try; then the far side gives up, and a question has to find the outcome. */
export const WEBHOOK_RETRY_GAPS_MS: readonly number[] = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000];
const IDLE_MS = 60_000;
/** Webhooks that fall due within this go out together. */
const NAP_MIN_MS = 5;

export interface SenderDeps {
  readonly ledger: Ledger;
  /** Where and with which signature this body goes; the path is below the account's own address. */
  readonly webhook: (
    account: Account,
    body: string,
    now: Ms,
  ) => { readonly path: string; readonly headers: Readonly<Record<string, string>> };
  readonly journal: Journal;
  readonly clock: Clock;
  readonly http: HttpPort;
}

export interface Sender {
  /** Looks again if one of these entries is due before the end of the nap. */
  noticed(entries: readonly Entry[]): void;
  stop(): Promise<void>;
}

/** Sends each webhook when it is due, until it is stopped. */
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

/** Starts the webhooks that are due. @returns when to look again; the end of a sending wakes as well */
function startDue(deps: SenderDeps, { due, sending, wake }: Round): number {
  const now = deps.clock.now();
  while (sending.size < SENDS_MAX) {
    const id = due.take(now);
    if (id === null) return Math.min(now + IDLE_MS, due.nextAt() ?? Infinity);
    const owed = deps.ledger.owed.get(id);
    // Called off meanwhile, or put off: then it is in the list once more.
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
async function sendOne(deps: SenderDeps, owed: Owed): Promise<number | null> {
  const { ledger, journal, clock } = deps;
  const account = ledger.accounts.get(owed.account);
  const ok = account !== undefined && (await post(deps, account, owed.body));
  // A cancel may have dropped it meanwhile.
  if (!ledger.owed.has(owed.id)) return null;
  const entry = afterTry(owed, ok, clock.now());
  apply(ledger, entry);
  // If a crash loses this entry the webhook is sent twice, which receivers must bear anyway; a failed journal shows in the answers.
  await journal.append([entry]).catch(() => undefined);
  return entry.kind === "owed" ? entry.owed.dueAt : null;
}

/** After a try: delivered, given up, or owed again later. */
export function afterTry(owed: Owed, ok: boolean, now: number): Entry {
  const gap = WEBHOOK_RETRY_GAPS_MS[owed.tries];
  if (ok || gap === undefined) return { kind: "told", id: owed.id };
  return { kind: "owed", owed: { ...owed, tries: owed.tries + 1, dueAt: now + gap } };
}

/** False too if the account has no address any more: it may get one before the schedule ends. */
async function post({ webhook, clock, http }: SenderDeps, account: Account, body: string): Promise<boolean> {
  if (account.webhookUrl === null) return false;
  const { path, headers } = webhook(account, body, clock.now());
  const request = { method: "POST", url: account.webhookUrl + path, headers, body } as const;
  const result = await http.send({ ...request, connectTimeoutMs: 2_000, totalTimeoutMs: 5_000, maxBytes: 65_536 });
  return result.kind === "answer" && result.status >= 200 && result.status < 300;
}
