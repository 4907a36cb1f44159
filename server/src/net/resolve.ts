/** Names that strangers gave us: however silent their servers, nobody else waits for them. */
import { Resolver } from "node:dns/promises";
import { WEBHOOK_CONNECT_TIMEOUT_MS } from "../core/constants.ts";
import { codeOf } from "../core/errors.ts";
import { failure, systemResolve, type Resolve } from "./dial.ts";

/** A name server that does not answer is given up after this, twice; the connection has 5 s in all. */
const DNS_TIMEOUT_MS = 2_000;
const DNS_TRIES = 2;
/** Who has addresses of one family waits no longer for the other. */
const OTHER_FAMILY_MS = 1_000;
const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });

/**
 * Asks the name servers over sockets of our own. The system's lookup waits in one of the process's four threads, so that a few names
 * whose servers are silent would hold up every other name, and every file, too; it is only asked for names that DNS answers
 * "unknown", such as those of the hosts file.
 */
export const carefulResolve: Resolve = async (hostname) => {
  const families = await bothFamilies([resolver.resolve4(hostname), resolver.resolve6(hostname)], OTHER_FAMILY_MS);
  const found = families.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  if (found.length > 0) return found;
  if (families.every((answer) => answer.status === "rejected" && UNKNOWN_NAME.has(codeOf(answer.reason)))) return bySystem(hostname);
  throw failure("EAI_AGAIN", `${hostname} could not be resolved`);
};

/** Honest names of a hosts file are few, and answered at once. */
const WAITING_NAMES_MAX = 256;
/** A name that DNS denies and that then hangs is hardly honest. */
const SILENT_NAME_MS = 3_600_000;

/** However silent the names, at most one of the four threads waits for them. */
const bySystem = createNameLine<readonly string[]>({
  lookup: systemResolve,
  nowMs: () => performance.now(),
  patienceMs: WEBHOOK_CONNECT_TIMEOUT_MS,
  waitingMax: WAITING_NAMES_MAX,
  silentForMs: SILENT_NAME_MS,
});

const UNKNOWN_NAME: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "ECONNREFUSED", "ENONAME", "EBADNAME"]);

/** Asking for names without waiting longer, or in more threads, than an honest name needs. */

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
