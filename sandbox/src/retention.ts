/** Keeps the ledger small: which operations are forgotten, and the shortest journal that leads to the rest. */
import { noChildren, type Account, type Entry, type Ledger, type OperationRecord } from "./ledger.ts";
import { AUTHORIZATION_LIFETIME_MS, statusOf, type OperationStatus } from "./status.ts";

/** Closed operations that nobody touched for this long are forgotten. */
export const OPERATIONS_KEPT_MS = 30 * 86_400_000;
/** Of more operations than this, the oldest closed ones are forgotten earlier, but none that somebody may still ask about. */
export const OPERATIONS_KEPT_MAX = 100_000;
/** Twice the longest gap between two questions about an outcome that is not known: a caller who still asks has asked within it. */
export const STILL_ASKED_MS = 2 * 86_400_000;
/** A question about an old operation is noted at most this often: well within the time above. */
export const ASKED_NOTED_EVERY_MS = 43_200_000;
/** Keys that were called off, or met a fault, and of which nothing came: the newest per account. */
export const KEYS_KEPT_MAX = 10_000;

/**
 * Forgets closed operations, each charge with all that was done to it. Age is measured from the ledger's newest entry, not by the
 * clock: a pause of months makes nothing old, and a caller who was cut off in the middle of a payment finds it again.
 * @returns how many operations are left
 */
export function forget(ledger: Ledger): number {
  const old: Family[] = [];
  let left = 0;
  for (const account of ledger.accounts.values()) {
    left += account.operations.size;
    keepNewest(account.tombstones);
    keepNewest(account.sightings);
    for (const record of account.operations.values()) {
      if (ledger.latestAt - record.receivedAt < STILL_ASKED_MS || isChild(account, record)) continue;
      const family = familyOf(account, record);
      if (ledger.latestAt - family.touchedAt >= STILL_ASKED_MS && isClosed(family, ledger.latestAt)) old.push(family);
    }
  }
  old.sort((one, other) => one.touchedAt - other.touchedAt);
  for (const family of old) {
    if (left <= OPERATIONS_KEPT_MAX && ledger.latestAt - family.touchedAt < OPERATIONS_KEPT_MS) break;
    for (const { key } of family.records) {
      family.account.operations.delete(key);
      family.account.asked.delete(key);
    }
    left -= family.records.length;
  }
  return left;
}

/** How many entries `entriesOf` gives. */
export function countEntries(ledger: Ledger): number {
  let count = ledger.owed.size;
  for (const { operations, tombstones, sightings, asked } of ledger.accounts.values())
    count += 1 + operations.size + tombstones.size + sightings.size + asked.size;
  return count;
}

/** A journal that leads to this ledger, without entries that were undone or delivered since. */
export function* entriesOf(ledger: Ledger): Generator<Entry> {
  for (const account of ledger.accounts.values()) {
    const { id, apiKey, webhookUrl, webhookSecret } = account;
    yield { kind: "account", account: id, apiKey, webhookUrl, webhookSecret };
    for (const key of account.tombstones) yield { kind: "tombstone", account: id, key };
    // A parent stands before its children, which enter themselves again.
    for (const record of account.operations.values()) yield { kind: "operation", account: id, record: { ...record, children: noChildren } };
    for (const key of account.sightings) yield { kind: "sighting", account: id, key };
    for (const [key, at] of account.asked) yield { kind: "asked", account: id, key, at };
  }
  for (const owed of ledger.owed.values()) yield { kind: "owed", owed };
}

/** An entry as it was before it went through JSON: texts that many records share are in memory once. */
export function revived(entry: Entry, shared: (source: string) => string): Entry {
  if (entry.kind !== "operation") return entry;
  return { ...entry, record: { ...entry.record, source: shared(entry.record.source), children: noChildren } };
}

/** The entry for a question about this operation; none while the operation is young. */
export function noteQuestion(account: Account, key: string, now: number): readonly Entry[] {
  const record = account.operations.get(key);
  if (record === undefined) return [];
  const knownAt = Math.max(record.receivedAt, account.asked.get(key) ?? 0);
  return now - knownAt < ASKED_NOTED_EVERY_MS ? [] : [{ kind: "asked", account: account.id, key, at: now }];
}

/** A charge and all that was done to it. */
interface Family {
  readonly account: Account;
  readonly records: readonly OperationRecord[];
  readonly touchedAt: number;
}

function familyOf(account: Account, root: OperationRecord): Family {
  const records = [root, ...root.children.flatMap((key) => account.operations.get(key) ?? [])];
  const times = records.map((record) => Math.max(record.receivedAt, record.tail?.at ?? 0, account.asked.get(record.key) ?? 0));
  return { account, records, touchedAt: Math.max(...times) };
}

function isChild(account: Account, record: OperationRecord): boolean {
  return record.operation !== "charge" && account.operations.has(record.source);
}

const moving: ReadonlySet<OperationStatus> = new Set(["processing", "pending", "requires_action", "held_for_review"]);

/** Nothing will happen to it any more. What was authorized can be captured until it lapses. */
function isClosed({ records, touchedAt }: Family, now: number): boolean {
  return records.every((record) => {
    const { status } = statusOf(record, now);
    return !moving.has(status) && (status !== "authorized" || now - touchedAt >= AUTHORIZATION_LIFETIME_MS);
  });
}

function keepNewest(keys: Set<string>): void {
  for (const key of keys) {
    if (keys.size <= KEYS_KEPT_MAX) return;
    keys.delete(key);
  }
}
