import { caseFailure, holdsText, tryFailure, workOf, type CasePick, type DeliveryPick } from "../../core/dead-letters.ts";
import type { Case, Delivery, Scope } from "../../core/model.ts";
import type { LetterCounts, LetterCountsWish } from "../../core/ports/reads.ts";
import type { Store } from "../../core/ports/store.ts";
import { keyOf, owned, sameScope, type Tables } from "./tables.ts";

/** What people do to dead letters. */
export function memoryLetters(tables: Tables): Pick<Store, "letters" | "subjects" | "quietCase" | "handleLetters"> {
  return {
    letters: async (scope, { kinds, exceptJobKinds = [], idFrom = "", idBefore = "~", limit, ...pick }) =>
      [...tables.cases.values()]
        .filter((row) => sameScope(row, scope) && row.status === "open" && kinds.includes(row.kind))
        .filter((row) => isCaseOf(tables, row, pick) && !exceptJobKinds.includes(workOf(row).kind))
        .filter((row) => row.id >= idFrom && row.id < idBefore)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    subjects: async (scope, { jobs, inbox }) => ({
      jobs: jobs.flatMap((id) => owned(tables.jobs.get(id), scope) ?? []),
      inbox: inbox.flatMap((id) => owned(tables.inbox.get(id), scope) ?? []),
    }),
    quietCase: async (scope, { kind, subject, reason }, now) => {
      const isAbout = (row: Case) => row.kind === kind && row.subject === subject && row.evidence["reason"] === reason;
      const isQuiet = (row: Case) => row.quietUntil !== null && row.quietUntil > now;
      const found = [...tables.cases.values()].filter((row) => sameScope(row, scope) && isAbout(row) && isQuiet(row));
      return found.sort((a, b) => (a.id < b.id ? 1 : -1))[0] ?? null;
    },
    handleLetters: async (moves) => handleIn(tables, moves),
  };
}

/** As PostgreSQL counts them, without its bound. */
export function letterCountsIn(tables: Tables, scope: Scope, { kinds, cases, deliveries }: LetterCountsWish): LetterCounts {
  const isIn = (
    { id }: { readonly id: string },
    { idFrom = "", idBefore = "~" }: { readonly idFrom?: string; readonly idBefore?: string },
  ) => id >= idFrom && id < idBefore;
  const open = [...tables.cases.values()].filter(
    (row) => sameScope(row, scope) && row.status === "open" && isIn(row, cases) && isCaseOf(tables, row, cases),
  );
  const failed = [...tables.deliveries.values()].filter(
    (row) =>
      sameScope(row, scope) &&
      row.status === "failed" &&
      deliveries !== null &&
      isIn(row, deliveries) &&
      isDeliveryOf(tables, row, deliveries),
  );
  return {
    cases: kinds.map((kind) => ({ kind, count: open.filter((row) => row.kind === kind).length })),
    casesAreCapped: false,
    deliveries: failed.length,
    deliveriesAreCapped: false,
  };
}

export function isCaseOf(tables: Tables, row: Case, { jobKind, jobQueue, endpointIds, text }: CasePick): boolean {
  const { kind, queue, subject } = workOf(row);
  const endpoint = tables.deliveries.get(subject ?? "")?.endpointId ?? "";
  const isOfWork = (jobKind ?? kind) === kind && (jobQueue ?? queue) === queue;
  return isOfWork && (endpointIds?.includes(endpoint) ?? true) && holdsText(caseFailure(row), text);
}

export function isDeliveryOf(tables: Tables, row: Delivery, { channel, endpointIds, text }: DeliveryPick): boolean {
  const isSent = row.channel === (channel ?? row.channel) && (endpointIds?.includes(row.endpointId) ?? true);
  const last = tables.tries.find((each) => each.deliveryId === row.id && each.n === row.tries);
  return isSent && (text === undefined || (last !== undefined && holdsText(tryFailure(last), text)));
}

function handleIn(tables: Tables, moves: Parameters<Store["handleLetters"]>[0]): "applied" | "stale" | "duplicate" {
  const { deliveries = [], cases = [], restart = [], remove = [], inbox = [], insert = [], actions = [], idempotency } = moves;
  const touched = [...restart.map(({ job }) => job), ...remove];
  const areAsRead =
    deliveries.every(({ before }) =>
      isSame(owned(tables.deliveries.get(before.id), moves), before, ["status", "tries", "scheduleStart"]),
    ) &&
    cases.every(({ before }) => owned(tables.cases.get(before.id), moves)?.status === "open") &&
    touched.every((job) => isSame(owned(tables.jobs.get(job.id), moves), job, ["leaseToken"]));
  if (!areAsRead) return "stale";
  if (idempotency && tables.idempotency.has(keyOf(idempotency))) return "duplicate";
  if (idempotency) tables.idempotency.set(keyOf(idempotency), idempotency);
  for (const { after } of deliveries) tables.deliveries.set(after.id, after);
  for (const { after } of cases) tables.cases.set(after.id, after);
  for (const { job, runAt } of restart) tables.jobs.set(job.id, { ...tables.jobs.get(job.id)!, runAt, tries: 0, leaseToken: null });
  for (const { id } of remove) tables.jobs.delete(id);
  for (const row of inbox) tables.inbox.set(row.id, row);
  for (const job of insert) if (!tables.jobs.has(job.id)) tables.jobs.set(job.id, job);
  for (const action of actions) tables.actions.set(action.id, action);
  return "applied";
}

function isSame<Row extends Scope>(stored: Row | null, read: Row, fields: readonly (keyof Row)[]): boolean {
  return stored !== null && fields.every((field) => stored[field] === read[field]);
}
