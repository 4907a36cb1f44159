/** Planted bugs about jobs that begin in the process that makes them. */
import type { Change, Creation } from "../core/change.ts";
import type { Job, Ms } from "../core/model.ts";
import type { Store } from "../core/ports/store.ts";
import type { Tables } from "../storage/memory/index.ts";
import type { Plant } from "./plant.ts";

const YEARS_MS = 1_000 * 365 * 86_400_000;

export const keepPlants: readonly Plant[] = [
  {
    name: "kept-leases-never-end",
    why: "A job that its maker keeps without an end: whoever dies with it takes the payment along, and nobody else may have it.",
    store: (store) => bornWith(store, (job) => job.runAt + YEARS_MS),
  },
  {
    name: "two-runners",
    why: "A lease that is lost while the job is under way, and a beginning that asks neither for it nor for the payment as it was: both runners charge.",
    store: (store, tables) => {
      const born = bornWith(store, (job) => job.createdAt);
      return { ...born, commit: (change) => born.commit(isBeginning(change) ? unguarded(change, tables) : change) };
    },
  },
  {
    name: "kept-leases-end-at-once",
    why: "A job that is claimed elsewhere while its maker runs it is done once: guarded commits and one key per attempt see to it.",
    harmless: true,
    store: (store) => bornWith(store, (job) => job.createdAt),
  },
];

/** Another end of the leases that jobs are born with. */
function bornWith(store: Store, runAt: (job: Job) => Ms): Store {
  const born = (job: Job): Job => (job.leaseToken === null ? job : { ...job, runAt: runAt(job) });
  const inserted = ({ jobs }: Change) => jobs?.insert && { jobs: { ...jobs, insert: jobs.insert.map(born) } };
  return {
    ...store,
    create: (creation: Creation) => store.create({ ...creation, job: born(creation.job) }),
    commit: (change) => store.commit({ ...change, ...inserted(change) }),
  };
}

function isBeginning({ attempts }: Change): boolean {
  return (attempts?.insert ?? []).some(({ operation, sends }) => operation === "charge" && sends > 0);
}

function unguarded({ job: _token, ...change }: Change, tables: Tables): Change {
  const stored = change.payment && tables.payments.get(change.payment.before.id);
  return change.payment && stored ? { ...change, payment: { before: stored, after: { ...change.payment.after } } } : change;
}
