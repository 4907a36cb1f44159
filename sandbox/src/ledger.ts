/**
 * The far side's own rows: requests, operations, webhooks that it owes. Permissive on purpose: it captures and refunds
 * any amount, so that an over-refund of ours shows here and an oracle sees it. Only entries change it, and the journal
 * is the list of them.
 */
import type { DeclineCode } from "./ports.ts";
import { approved, scenarioTable, type ScenarioName, type Script, type Step, type StepStatus } from "./scenarios.ts";

export type OperationKind = "charge" | "capture" | "void" | "refund";

export interface Account {
  readonly id: string;
  readonly apiKey: string;
  readonly webhookUrl: string | null;
  readonly webhookSecret: string;
  readonly operations: Map<string, OperationRecord>;
  /** Keys called off before anything arrived under them. */
  readonly tombstones: Set<string>;
  /** Keys of requests that were met by a fault and left nothing behind. */
  readonly sightings: Set<string>;
  /** When the last question came about an operation that was old by then: as long as questions come, it must be found. */
  readonly asked: Map<string, number>;
}

/** One operation, once per key, and the plan of its statuses. Immutable but for `tail` and `children`. */
export interface OperationRecord {
  readonly key: string;
  readonly operation: OperationKind;
  readonly amount: number;
  readonly currency: string;
  /** Token, VPA or other method of a charge; the parent's key of everything else. */
  readonly source: string;
  readonly capture: boolean;
  readonly scenario: ScenarioName | "plain";
  readonly approves: boolean;
  /** Our payment, from the metadata: for the oracle, no part of the request's identity. */
  readonly payment: string | null;
  readonly receivedAt: number;
  /** When the answer is due; before that the far side works on it. */
  readonly dueAt: number;
  /** Where a challenged shopper goes back to; null for operations that challenge nobody. Old journals have none. */
  readonly returnUrl?: string | null;
  /** An error was answered and stored: each repeat gets it again, whatever happened. */
  readonly storedError: boolean;
  /** A status from outside the plan: a completed challenge, a cancel, a void. Ends the plan. */
  readonly tail: Tail | null;
  readonly children: readonly string[];
}

export interface Tail {
  readonly at: number;
  readonly status: StepStatus | "canceled";
  readonly code: DeclineCode | null;
}

/** A webhook that is owed. */
export interface Owed {
  /** Unique per sending; `eventId` is the same for duplicates. */
  readonly id: string;
  readonly eventId: string;
  readonly account: string;
  readonly key: string;
  readonly dueAt: number;
  readonly tries: number;
  readonly body: string;
}

export type Entry =
  | {
      readonly kind: "account";
      readonly account: string;
      readonly apiKey: string;
      readonly webhookUrl: string | null;
      readonly webhookSecret: string;
    }
  | { readonly kind: "operation"; readonly account: string; readonly record: OperationRecord }
  | { readonly kind: "tail"; readonly account: string; readonly key: string; readonly tail: Tail }
  | { readonly kind: "tombstone"; readonly account: string; readonly key: string }
  | { readonly kind: "sighting"; readonly account: string; readonly key: string }
  | { readonly kind: "asked"; readonly account: string; readonly key: string; readonly at: number }
  | { readonly kind: "owed"; readonly owed: Owed }
  | { readonly kind: "told"; readonly id: string };

export interface Ledger {
  readonly accounts: Map<string, Account>;
  readonly owed: Map<string, Owed>;
  /** Ids of the webhooks that are owed about one operation, by `account/key`. */
  readonly owedAbout: Map<string, Set<string>>;
  /** The newest moment in the ledger: its own clock, which stands still while no request comes. */
  latestAt: number;
  /** Requests handled in this life; a flaky far side draws from it. */
  served: number;
}

/** Shared by all operations that have none: there are many. */
export const noChildren: readonly string[] = [];

export function emptyLedger(): Ledger {
  return { accounts: new Map(), owed: new Map(), owedAbout: new Map(), latestAt: 0, served: 0 };
}

/** Applies one entry. Entries of accounts that are not there are dropped: a journal may have lost its head. */
export function apply(ledger: Ledger, entry: Entry): void {
  switch (entry.kind) {
    case "account":
      return putAccount(ledger, entry);
    case "owed":
      return owe(ledger, entry.owed);
    case "told":
      return settleOwed(ledger, entry.id);
    default: {
      const account = ledger.accounts.get(entry.account);
      if (account !== undefined) applyTo(ledger, account, entry);
    }
  }
}

type AccountEntry = Extract<Entry, { kind: "operation" | "tail" | "tombstone" | "sighting" | "asked" }>;

function applyTo(ledger: Ledger, account: Account, entry: AccountEntry): void {
  switch (entry.kind) {
    case "operation":
      ledger.latestAt = Math.max(ledger.latestAt, entry.record.receivedAt, entry.record.tail?.at ?? 0);
      return addOperation(account, entry.record);
    case "tombstone":
      return void account.tombstones.add(entry.key);
    case "sighting":
      return void account.sightings.add(entry.key);
    case "asked":
      ledger.latestAt = Math.max(ledger.latestAt, entry.at);
      return void account.asked.set(entry.key, entry.at);
    case "tail": {
      const record = account.operations.get(entry.key);
      if (record === undefined) return;
      ledger.latestAt = Math.max(ledger.latestAt, entry.tail.at);
      account.operations.set(entry.key, { ...record, tail: entry.tail });
      // The rest of the plan no longer happens, and neither do its webhooks.
      for (const id of ledger.owedAbout.get(about(account.id, entry.key)) ?? []) {
        if (ledger.owed.get(id)!.dueAt > entry.tail.at) settleOwed(ledger, id);
      }
    }
  }
}

function owe(ledger: Ledger, owed: Owed): void {
  ledger.owed.set(owed.id, owed);
  const ids = ledger.owedAbout.get(about(owed.account, owed.key));
  if (ids === undefined) ledger.owedAbout.set(about(owed.account, owed.key), new Set([owed.id]));
  else ids.add(owed.id);
}

function settleOwed(ledger: Ledger, id: string): void {
  const owed = ledger.owed.get(id);
  if (owed === undefined) return;
  ledger.owed.delete(id);
  const operation = about(owed.account, owed.key);
  const ids = ledger.owedAbout.get(operation);
  ids?.delete(id);
  if (ids?.size === 0) ledger.owedAbout.delete(operation);
}

function about(account: string, key: string): string {
  return `${account}/${key}`;
}

function putAccount(ledger: Ledger, entry: Extract<Entry, { kind: "account" }>): void {
  const before = ledger.accounts.get(entry.account);
  ledger.accounts.set(entry.account, {
    id: entry.account,
    apiKey: entry.apiKey,
    webhookUrl: entry.webhookUrl,
    webhookSecret: entry.webhookSecret,
    operations: before?.operations ?? new Map<string, OperationRecord>(),
    tombstones: before?.tombstones ?? new Set<string>(),
    sightings: before?.sightings ?? new Set<string>(),
    asked: before?.asked ?? new Map<string, number>(),
  });
}

function addOperation(account: Account, record: OperationRecord): void {
  account.operations.set(record.key, record);
  account.sightings.delete(record.key);
  if (record.operation === "charge") return;
  const parent = account.operations.get(record.source);
  if (parent !== undefined) account.operations.set(parent.key, { ...parent, children: [...parent.children, record.key] });
}

/** `other`: a method that has no inputs of its own here. Its connector picks the scenario. */
export type MethodKind = "card" | "upi" | "other";

/** What a charge's source is: a VPA has its @, and `netbanking:challenge` the method before its colon. */
export function kindOfSource(source: string): MethodKind {
  if (source.includes("@")) return "upi";
  return source.includes(":") ? "other" : "card";
}

const plainDeclined: Record<MethodKind, readonly Step[]> = {
  card: [{ afterMs: 0, status: "declined", code: "card_declined" }],
  upi: [{ afterMs: 0, status: "declined", code: "upi_declined" }],
  other: [{ afterMs: 0, status: "declined", code: "bank_declined" }],
};

/** The plan of an operation of this scenario. */
export function scriptOf(scenario: ScenarioName | "plain", operation: OperationKind): Script {
  return (scenario === "plain" ? undefined : scenarioTable[scenario][operation]) ?? { steps: approved };
}

export function stepsOf(record: OperationRecord): readonly Step[] {
  if (record.operation === "charge" && !record.approves) return plainDeclined[kindOfSource(record.source)];
  return scriptOf(record.scenario, record.operation).steps;
}
