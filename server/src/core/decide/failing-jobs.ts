import type { CaseEnd, Change, Context } from "../change.ts";
import type { Snapshot } from "../model.ts";

/**
 * The change, with an end to the open case of each failing job that it ends or sets on its way anew: whoever does what the job could
 * not do, e.g. a webhook that brings the answer, has done what the case waited for.
 */
export function endFailures(snapshot: Snapshot, change: Change, context: Context): Change {
  if (!snapshot.openCases.some((open) => open.kind === "dead_job")) return change;
  const moves = change.jobs?.move ?? [];
  const ids = new Set([...(change.jobs?.remove ?? []), ...moves.filter((move) => move.tries === 0).map((move) => move.id)]);
  const { job } = change;
  if (job && !moves.some((move) => move.id === job.id)) ids.add(job.id);
  const ends = snapshot.openCases
    .filter((open) => open.kind === "dead_job" && ids.has(open.subject))
    .map(({ kind, subject }): CaseEnd => ({ kind, subject, resolvedAt: context.now, resolvedBy: "answer" }));
  return { ...change, cases: { ...change.cases, resolve: [...(change.cases?.resolve ?? []), ...ends] } };
}
