/**
 * Jobs that begin where they are made: a process that works itself keeps what it has just written, so that nobody has to claim it. The row is the
 * truth all the same: it is born leased to this process, and if that dies, the end of the lease gives it to the others.
 */
import type { Change, CommitResult, Creation } from "../core/change.ts";
import { newId } from "../core/ids.ts";
import type { Job, JobKind, Snapshot } from "../core/model.ts";
import type { Settings } from "../core/ports/settings.ts";
import type { Keeping, Place } from "../core/ports/keeping.ts";
import type { DeliveryLoad, Store } from "../core/ports/store.ts";
import type { Clock, Random } from "../core/ports/world.ts";
import { queueRules } from "../core/queues.ts";
import { createRecent } from "./recent.ts";

export interface Keeper extends Keeping {
  readonly store: Store;
  /** The same settings, whose changes are noticed at once where they are made here. */
  readonly noticing: (settings: Settings) => Settings;
  /** A worker here has this job of a change that was written. */
  readonly isUnderWay: (job: Job) => boolean;
}

/** Their rows are new whenever they are written, so that a lease that is written with them is ours. */
const KINDS: ReadonlySet<JobKind> = new Set<JobKind>(["charge", "capture", "void", "refund", "webhook", "email", "gateway-event"]);

interface Held {
  readonly place: Place;
  readonly given: Job;
  readonly born: Job;
}

/** Holds places for jobs that are about to be written, and lets those begin that were. */
function createHolder({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
  const token = newId("req", clock.now(), random.bytes(16));
  const kept = new WeakSet<Job>();
  let reserve: Parameters<Keeping["open"]>[0] = () => null;
  return {
    open: (given: typeof reserve): void => void (reserve = given),
    isUnderWay: (job: Job): boolean => kept.has(job),
    hold(job: Job): Held | null {
      const now = clock.now();
      const place = KINDS.has(job.kind) && job.leaseToken === null && job.runAt <= now ? reserve(job) : null;
      const born = { ...job, tries: job.tries + 1, leaseToken: token, runAt: now + queueRules[job.queue].leaseMs };
      return place && { place, given: job, born };
    },
    /** Of what was not written nothing begins. Where that is not known, the end of the lease brings it back. */
    async written(held: readonly Held[], write: () => Promise<CommitResult>): Promise<CommitResult> {
      let result: CommitResult | null = null;
      try {
        result = await write();
        return result;
      } finally {
        for (const { place, given, born } of held) {
          if (result !== "applied") place.leave();
          else {
            kept.add(given);
            place.begin(born);
          }
        }
      }
    },
  };
}

export function createKeeper({ store, ...world }: { readonly store: Store; readonly clock: Clock; readonly random: Random }): Keeper {
  const { open, isUnderWay, hold, written } = createHolder(world);
  const recent = createRecent(world.clock);
  const snapshots = new WeakMap<Job, Snapshot>();
  const deliveries = new WeakMap<Job, DeliveryLoad>();

  async function create(creation: Creation): Promise<CommitResult> {
    const held = hold(creation.job);
    const { payment } = creation;
    const around = recent.around(payment);
    // A request that waits has leased it already. Of one that is born free, nobody here asks for the snapshot.
    if (around) snapshots.set(held?.born ?? creation.job, { payment, attempts: [], refunds: [], cases: [], ...around });
    if (held === null) return store.create(creation);
    return written([held], () => store.create({ ...creation, job: held.born }));
  }

  async function commit(change: Change): Promise<CommitResult> {
    const insert = change.jobs?.insert;
    if (!insert || insert.length === 0) return store.commit(change);
    const held = insert.map((job) => hold(job));
    for (const one of held) if (one) noteDelivery(change, one.born);
    const jobs = { ...change.jobs, insert: insert.map((job, n) => held[n]?.born ?? job) };
    return written(
      held.filter((one) => one !== null),
      () => store.commit({ ...change, jobs }),
    );
  }

  function noteDelivery({ deliveries: owed, events }: Change, job: Job): void {
    if (job.kind !== "webhook") return;
    const delivery = owed?.insert?.find(({ id }) => id === job.subject);
    const event = events?.find(({ id }) => id === delivery?.eventId);
    if (delivery && event) deliveries.set(job, { delivery, event, endpoint: null });
  }

  return {
    store: { ...store, ...recent.listening(store), create, commit },
    noticing: (settings) => noticing(settings, recent.forget),
    open,
    isUnderWay,
    snapshotOf: (job) => snapshots.get(job),
    deliveryOf: (job) => {
      const known = deliveries.get(job);
      const endpoint = known && recent.endpoint(known.delivery.endpointId);
      return endpoint && { ...known, endpoint };
    },
  };
}

/** @param changed called when what snapshots and deliveries have beside their own rows may have changed */
function noticing(settings: Settings, changed: () => void): Settings {
  const noticed =
    <Given extends readonly unknown[], Result>(change: (...given: Given) => Promise<Result>) =>
    (...given: Given): Promise<Result> =>
      change(...given).finally(changed);
  return {
    ...settings,
    by: (who) => noticing(settings.by(who), changed),
    putEndpoint: noticed(settings.putEndpoint),
    addEndpoint: noticed(settings.addEndpoint),
    changeEndpoint: noticed(settings.changeEndpoint),
    removeEndpoint: noticed(settings.removeEndpoint),
    moveEndpoint: noticed(settings.moveEndpoint),
    moveBreaker: noticed(settings.moveBreaker),
    putAccount: noticed(settings.putAccount),
    createAccount: noticed(settings.createAccount),
    changeAccount: noticed(settings.changeAccount),
    putRouting: noticed(settings.putRouting),
    putEmailSettings: noticed(settings.putEmailSettings),
  };
}
