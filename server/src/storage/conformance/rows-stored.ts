/** Payments that are in the store, and changes of them. */
import type { Change } from "../../core/change.ts";
import type { Attempt, Job, Payment, Scope } from "../../core/model.ts";
import type { Store } from "../../core/ports/store.ts";
import { attempt, creation, id, job, newScope } from "./rows.ts";

/** A created payment as the store has it. */
export async function stored(store: Store, scope: Scope, given: Partial<Payment> = {}): Promise<Payment> {
  const made = creation(scope, { payment: given });
  if ((await store.create(made)) !== "applied") throw new Error("the payment was not created");
  return made.payment;
}

/** The change that moves a payment, with whatever goes with it. */
export function moving(before: Payment, after: Partial<Payment>, rest: Partial<Change> = {}): Change {
  return { merchantId: before.merchantId, mode: before.mode, payment: { before, after: { ...before, ...after } }, ...rest };
}

/** A stored payment that is `processing` with its first charge attempt under way. */
export async function processing(
  store: Store,
  scope: Scope,
  given: { payment?: Partial<Payment>; attempt?: Partial<Attempt> } = {},
): Promise<{ payment: Payment; attempt: Attempt }> {
  const before = await stored(store, scope, given.payment);
  const first = attempt(before, given.attempt);
  const result = await store.commit(moving(before, { status: "processing", attempt: 1 }, { attempts: { insert: [first] } }));
  if (result !== "applied") throw new Error(`the attempt was not begun: ${result}`);
  return { payment: { ...before, status: "processing", attempt: 1, version: before.version + 1 }, attempt: first };
}

/** Jobs of one merchant, in the store; due at once where `given` does not say otherwise. */
export async function addJobs(store: Store, count: number, given: (n: number) => Partial<Job> = () => ({})): Promise<Job[]> {
  const scope = newScope();
  const rows = Array.from({ length: count }, (_, n) => job(scope, { subject: id("pay"), ...given(n) }));
  for (let from = 0; from < rows.length; from += 5_000) {
    const commits = rows.slice(from, from + 5_000).map((row) => store.commit({ ...scope, jobs: { insert: [row] } }));
    await Promise.all(commits);
  }
  return rows;
}
