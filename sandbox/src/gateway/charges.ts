/** Charges, captures, voids and refunds: each key once. */
import { answer, type FarReply, type Handled } from "../far-side.ts";
import { type Effect, effects, type FaultName } from "../faults.ts";
import { type Account, type Entry, kindOfSource, noChildren, type OperationKind, type OperationRecord, scriptOf } from "../ledger.ts";
import { statusOf } from "../status.ts";
import { only, type RefusalCode, refuse, view } from "./answers.ts";
import { inputOf } from "./inputs.ts";
import { behaviour, draws, type SandboxSettings } from "./settings.ts";
import { owedBy } from "./webhooks.ts";

export interface Desk {
  readonly account: Account;
  readonly settings: SandboxSettings;
  readonly now: number;
  /** From outside: wins over the scenario's own. */
  readonly fault: FaultName | null;
}

/** A body that was read. `source`: token, VPA or other method of a charge, the parent's key of the rest. */
export interface Order {
  readonly operation: OperationKind;
  readonly key: string;
  readonly amount: number;
  readonly currency: string;
  readonly source: string;
  readonly capture: boolean;
  readonly payment: string | null;
  /** For a shopper who is challenged; no part of the request's identity. */
  readonly returnUrl: string | null;
}

/** Carries the request out, once per key; a repeat gets the first answer again. */
export function carryOut(desk: Desk, order: Order): Handled {
  const { account } = desk;
  const known = account.operations.get(order.key);
  if (known !== undefined) return only(heard(desk, repeat(desk, known, order)));
  if (account.tombstones.has(order.key)) return only(refuse("key_canceled"));
  const plan = order.operation === "charge" ? planCharge(desk, order) : planChild(desk, order);
  if ("refused" in plan) return only(refuse(plan.refused, plan.there));
  const fault = desk.fault ?? (account.sightings.has(order.key) ? "none" : (scriptOf(plan.scenario, order.operation).fault ?? "none"));
  if (!effects[fault].processes) {
    return { entries: [{ kind: "sighting", account: account.id, key: order.key }], reply: answerUnder(fault, null) };
  }
  return record(desk, order, plan, fault);
}

/** A fault from outside meets a repeat too. */
function heard({ fault }: Desk, reply: FarReply): FarReply {
  return fault === null ? reply : answerUnder(fault, reply);
}

interface Refused {
  readonly refused: RefusalCode;
  readonly there?: OperationRecord;
}

interface Plan {
  /** The source as the record keeps it. */
  readonly source: string;
  readonly scenario: OperationRecord["scenario"];
  readonly approves: boolean;
  readonly delayMs: number;
}

function record({ account, settings, now }: Desk, order: Order, plan: Plan, fault: FaultName): Handled {
  const made: OperationRecord = {
    key: order.key,
    operation: order.operation,
    amount: order.amount,
    currency: order.currency,
    source: plan.source,
    capture: order.capture,
    scenario: plan.scenario,
    approves: plan.approves,
    payment: order.payment,
    receivedAt: now,
    dueAt: now + plan.delayMs,
    returnUrl: challenges(plan.scenario) ? order.returnUrl : null,
    storedError: (effects[fault] as Effect).answer?.stored ?? false,
    tail: null,
    children: noChildren,
  };
  const entries: Entry[] = [{ kind: "operation", account: account.id, record: made }];
  if (order.operation === "void") entries.push(...release(account, made, now));
  entries.push(...owedBy(account, made, { fault, publicUrl: settings.publicUrl }));
  return { entries, reply: answerUnder(fault, firstAnswer(account, made, settings), plan.delayMs) };
}

/** Most charges send nobody anywhere: their rows need no URL each. */
function challenges(scenario: OperationRecord["scenario"]): boolean {
  return scriptOf(scenario, "charge").steps.some((step) => step.status === "requires_action");
}

/** A void that succeeds ends the charge's authorization. */
function release(account: Account, voiding: OperationRecord, now: number): readonly Entry[] {
  if (statusOf(voiding, voiding.dueAt).status !== "succeeded") return [];
  return [{ kind: "tail", account: account.id, key: voiding.source, tail: { at: now, status: "canceled", code: null } }];
}

/** In test mode the n-th payment draws the same under the same seed, whatever its ids are; otherwise a key does, for ever. */
function chanceOf(account: Account, { test, seed }: SandboxSettings, key: string): string {
  return test === null ? `${seed}|${account.id}|${key}` : `${seed}|${account.operations.size}`;
}

function planCharge({ account, settings }: Desk, { key, source }: Order): Plan | Refused {
  const input = inputOf(source);
  if (input === null) return { refused: unknownInput[kindOfSource(source)] };
  const { scenario, approves, delayMs } = behaviour(settings, input, () => draws(chanceOf(account, settings, key)));
  return { source: input.token ?? source, scenario, approves, delayMs: delayMs + (scriptOf(scenario, "charge").delayMs ?? 0) };
}

const unknownInput = { card: "unknown_token", upi: "invalid_vpa", other: "malformed" } as const;

const wantedOfCharge = { capture: "authorized", void: "authorized", refund: null } as const;

/** The charge's state is checked; the amount that is left is not, since an oracle has to see an excess. */
function planChild({ account, now }: Desk, { operation, source }: Order): Plan | Refused {
  const parent = account.operations.get(source);
  if (parent === undefined || parent.operation !== "charge" || operation === "charge") return { refused: "not_found" };
  const { status } = statusOf(parent, now);
  if (operation === "capture" && status === "succeeded") return { refused: "already_captured", there: parent };
  const voiding = parent.children.map((key) => account.operations.get(key)!).find((child) => child.operation === "void");
  if (operation === "void" && status === "canceled" && voiding) return { refused: "already_voided", there: voiding };
  const wanted = wantedOfCharge[operation];
  const fits = wanted === null ? status === "succeeded" || parent.children.length > 0 : status === wanted;
  return {
    source,
    scenario: fits ? parent.scenario : refusing[operation],
    approves: true,
    delayMs: scriptOf(parent.scenario, operation).delayMs ?? 0,
  };
}

/** An operation on a charge that is not in its state is refused like one that the bank refuses. */
const refusing = { capture: "capture-failure", void: "void-failure", refund: "refund-failure" } as const;

function repeat({ account, settings, now }: Desk, known: OperationRecord, order: Order): FarReply {
  const same =
    known.operation === order.operation &&
    known.amount === order.amount &&
    known.currency === order.currency &&
    known.source === order.source &&
    known.capture === order.capture;
  if (!same) return refuse("key_reused", known);
  if (known.storedError) return withHeader(answerUnder("error-after", null), "idempotent-replayed", "true");
  if (now < known.dueAt) return refuse("key_in_use");
  return withHeader(firstAnswer(account, known, settings), "idempotent-replayed", "true");
}

function firstAnswer(account: Account, made: OperationRecord, { publicUrl }: SandboxSettings): FarReply {
  return answer(200, JSON.stringify(view({ account, record: made, status: statusOf(made, made.dueAt, true), publicUrl })));
}

/** The reply as the fault leaves it. */
export function answerUnder(fault: FaultName, real: FarReply | null, delayMs = 0): FarReply {
  const effect: Effect = effects[fault];
  if (effect.answer === null) return { ...(real ?? answer(200, "")), delayMs, connection: effect.connection };
  const reply = answer(effect.answer.status, effect.answer.body, delayMs);
  return effect.answer.retryAfterS === undefined ? reply : withHeader(reply, "retry-after", String(effect.answer.retryAfterS));
}

function withHeader(reply: FarReply, name: string, value: string): FarReply {
  return { ...reply, headers: { ...reply.headers, [name]: value } };
}

/** Calls a charge off by its key. A confirmed cancel proves that nothing was and nothing will be taken. */
export function cancel({ account, settings, now }: Desk, key: string): Handled {
  const known = account.operations.get(key);
  const reply = (record: OperationRecord): ReturnType<typeof answer> =>
    answer(200, JSON.stringify(view({ account, record, status: statusOf(record, now), publicUrl: settings.publicUrl })));
  if (known === undefined) {
    const entries: Entry[] = account.tombstones.has(key) ? [] : [{ kind: "tombstone", account: account.id, key }];
    return {
      entries,
      reply: answer(200, JSON.stringify({ object: "charge", reference: null, key, account: account.id, status: "canceled" })),
    };
  }
  if (!cancelable(known, now)) return only(reply(known));
  const tail = { at: now, status: "canceled", code: null } as const;
  return { entries: [{ kind: "tail", account: account.id, key, tail }], reply: reply({ ...known, tail }) };
}

/**
 * A decided charge stays decided, and one that the far side is working on cannot be reached: the answer then shows the status.
 * A decline can be called off, so that it is never captured later.
 */
function cancelable(record: OperationRecord, now: number): boolean {
  if (record.operation !== "charge" || now < record.dueAt) return false;
  const { status } = statusOf(record, now);
  return status !== "succeeded" && status !== "canceled" && !(status === "authorized" && record.children.length > 0);
}
