/** Asking for names without waiting longer, or in more threads, than an honest name needs. */
import { failure } from "./dial.ts";

/** What was found of the addresses of a name, family by family, as `Promise.allSettled` tells it. */
type Families = readonly PromiseSettledResult<readonly string[]>[];

/**
 * Waits for both families of a name's addresses; once one has some, no longer than `patienceMs` for the other. Many name servers are
 * silent for the family that a name does not have, and waiting for them takes longer than a connection may. Never rejects.
 */
export async function bothFamilies(asked: readonly Promise<readonly string[]>[], patienceMs: number): Promise<Families> {
  const all = Promise.allSettled(asked);
  const first = await Promise.any(asked.map(someOf)).catch(() => null);
  if (first === null) return all;
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<Families>((resolve) => {
    timer = setTimeout(resolve, patienceMs, [{ status: "fulfilled", value: first }]);
  });
  const found = await Promise.race([all, enough]);
  clearTimeout(timer);
  return found;
}

async function someOf(asked: Promise<readonly string[]>): Promise<readonly string[]> {
  const found = await asked;
  if (found.length === 0) throw new Error("no address of this family");
  return found;
}

/** Name lookups that occupy a thread of the process while they wait: one at a time, and nobody's silence becomes everybody's. */
export interface NameLineOptions<Found> {
  readonly lookup: (name: string) => Promise<Found>;
  readonly nowMs: () => number;
  /** How long whoever asks will wait: what stood in line for longer is not asked any more, nobody would hear the answer. */
  readonly patienceMs: number;
  /** Names in line at once; one more is refused. */
  readonly waitingMax: number;
  /** A name whose lookup outlasted that patience is refused for this long. */
  readonly silentForMs: number;
}

/** Answers what the lookup answers. Rejects with the lookup's error, or with code `EAI_AGAIN` where the line does not ask. */
export type NameLine<Found> = (name: string) => Promise<Found>;

/** As many silent names as are remembered; the oldest is forgotten first. */
const SILENT_NAMES_MAX = 1_000;

interface Place<Found> {
  readonly name: string;
  readonly answer: Promise<Found>;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
  lastAskedAtMs: number;
}

/** Whoever asks for a name that is in line or under way shares its place. */
export function createNameLine<Found>(options: NameLineOptions<Found>): NameLine<Found> {
  const { lookup, nowMs, patienceMs, waitingMax, silentForMs } = options;
  const waiting: Place<Found>[] = [];
  const asked = new Map<string, Place<Found>>();
  const silentUntilMs = new Map<string, number>();
  let isBusy = false;

  async function work(): Promise<void> {
    isBusy = true;
    for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
      const startedAtMs = nowMs();
      if (startedAtMs - place.lastAskedAtMs > patienceMs) place.reject(notAsked(place.name));
      else await lookup(place.name).then(place.resolve, place.reject);
      if (nowMs() - startedAtMs > patienceMs) remember(place.name);
      asked.delete(place.name);
    }
    isBusy = false;
  }

  function remember(name: string): void {
    silentUntilMs.delete(name);
    silentUntilMs.set(name, nowMs() + silentForMs);
    if (silentUntilMs.size > SILENT_NAMES_MAX) silentUntilMs.delete(silentUntilMs.keys().next().value!);
  }

  return (name) => {
    const known = asked.get(name);
    if (known !== undefined) {
      known.lastAskedAtMs = nowMs();
      return known.answer;
    }
    if (waiting.length >= waitingMax || nowMs() < (silentUntilMs.get(name) ?? 0)) return Promise.reject(notAsked(name));
    const place = newPlace<Found>(name, nowMs());
    asked.set(name, place);
    waiting.push(place);
    if (!isBusy) void work();
    return place.answer;
  };
}

function newPlace<Found>(name: string, nowMs: number): Place<Found> {
  let resolve: Place<Found>["resolve"] = () => undefined;
  let reject: Place<Found>["reject"] = () => undefined;
  const answer = new Promise<Found>((found, failed) => {
    resolve = found;
    reject = failed;
  });
  return { name, answer, resolve, reject, lastAskedAtMs: nowMs };
}

function notAsked(name: string): Error {
  return failure("EAI_AGAIN", `${name} could not be resolved`);
}
