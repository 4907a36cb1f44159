/** Calling a charge off by its key. A confirmed cancel proves that nothing was and nothing will be taken. */
import type { Entry, OperationRecord } from "../ledger.ts";
import { truthOf } from "../truth.ts";
import type { Desk } from "./charges.ts";
import { view } from "./view.ts";
import { answer, only, type Handled } from "./wire.ts";

export function cancel({ account, settings, now }: Desk, key: string): Handled {
  const known = account.operations.get(key);
  const reply = (record: OperationRecord): ReturnType<typeof answer> =>
    answer(200, JSON.stringify(view({ account, record, truth: truthOf(record, now), publicUrl: settings.publicUrl })));
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
 * What is decided stays decided, and what the far side is working on right now cannot be reached: the answer then shows the truth.
 * A decline can be called off, so that it is never captured later.
 */
function cancelable(record: OperationRecord, now: number): boolean {
  if (record.operation !== "charge" || now < record.dueAt) return false;
  const { status } = truthOf(record, now);
  return status !== "succeeded" && status !== "canceled" && !(status === "authorized" && record.children.length > 0);
}
