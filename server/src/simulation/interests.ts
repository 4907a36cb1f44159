import type { Ms } from "../core/model.ts";
import type { Tables } from "../storage/memory/index.ts";
import type { Interests } from "./clock.ts";

/** When the next job is due and the next deadline passes, computed once per change of the jobs. */
export function jobInterests(tables: Tables): Interests & { forget(): void } {
  let job: Ms | null = null;
  let deadline = Infinity;
  const look = (): void => {
    job = Infinity;
    deadline = Infinity;
    for (const row of tables.jobs.values()) {
      if (row.runAt < job) job = row.runAt;
      if (row.deadlineAt !== null && row.deadlineAt < deadline) deadline = row.deadlineAt;
    }
  };
  return {
    forget: () => void (job = null),
    nextJobAt: (): Ms => {
      if (job === null) look();
      return job ?? Infinity;
    },
    nextDeadlineAt: (): Ms => {
      if (job === null) look();
      return deadline;
    },
  };
}
