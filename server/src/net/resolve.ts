/** Resolves names that merchants give us. However silent their name servers are, no other name waits for them. */
import { Resolver } from "node:dns/promises";
import { WEBHOOK_CONNECT_TIMEOUT_MS } from "../core/constants.ts";
import { codeOf } from "../core/errors.ts";
import { failure, systemResolve, type Resolve } from "./dial.ts";

/** A name server that does not answer is given up after this, twice; the connection has 5 s in all. */
const DNS_TIMEOUT_MS = 2_000;
const DNS_TRIES = 2;
/** When one family has addresses, the other may take this much longer. */
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
  throw notAsked(hostname);
};

/** Honest names of a hosts file are few, and answered at once. */
const WAITING_NAMES_MAX = 256;
/** A name that DNS denies and whose system lookup then hangs is hardly honest. */
const SILENT_NAME_MS = 3_600_000;

/** However silent the names, at most one of the four threads waits for them. */
const bySystem = createNameLine(systemResolve);

const UNKNOWN_NAME: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "ECONNREFUSED", "ENONAME", "EBADNAME"]);

/** The addresses of a name, family by family, in the form of `Promise.allSettled`. */
type Families = readonly PromiseSettledResult<readonly string[]>[];

/**
 * Waits for both families of a name's addresses; once one has some, no longer than `patienceMs` for the other. Many name servers are
 * silent for the family that a name does not have, and waiting for them takes longer than a connection may. Never rejects.
 */
export async function bothFamilies(asked: readonly Promise<readonly string[]>[], patienceMs: number): Promise<Families> {
  const all = Promise.allSettled(asked);
  const first = await Promise.any(asked.map(someOf)).catch(() => null);
  if (first === null) return all;
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMs, [{ status: "fulfilled", value: first }]);
    void all.then(resolve).finally(() => clearTimeout(timer));
  });
}

async function someOf(asked: Promise<readonly string[]>): Promise<readonly string[]> {
  const found = await asked;
  if (found.length === 0) throw new Error("no address of this family");
  return found;
}

/** Silent names that are remembered; the oldest is forgotten first. */
const SILENT_NAMES_MAX = 1_000;

/**
 * Looks up one name after the other, since each lookup occupies a thread of the process. Callers that ask for a name in line or under way
 * share its answer. Rejects with the lookup's error, or with code `EAI_AGAIN` if the name is not looked up: too many names wait, it stood
 * in line for longer than its callers wait for a connection, or its last lookup took longer than that.
 */
export function createNameLine(lookup: Resolve, waitingMax = WAITING_NAMES_MAX, nowMs = (): number => performance.now()): Resolve {
  /** In line or under way. */
  const places = new Map<string, { readonly answer: Promise<readonly string[]>; lastAskedAtMs: number }>();
  const silentUntilMs = new Map<string, number>();
  let last: Promise<unknown> = Promise.resolve();

  async function take(name: string): Promise<readonly string[]> {
    const startedAtMs = nowMs();
    try {
      if (startedAtMs - places.get(name)!.lastAskedAtMs > WEBHOOK_CONNECT_TIMEOUT_MS) throw notAsked(name);
      return await lookup(name);
    } finally {
      places.delete(name);
      silentUntilMs.delete(name);
      if (nowMs() - startedAtMs > WEBHOOK_CONNECT_TIMEOUT_MS) silentUntilMs.set(name, nowMs() + SILENT_NAME_MS);
      if (silentUntilMs.size > SILENT_NAMES_MAX) silentUntilMs.delete(silentUntilMs.keys().next().value!);
    }
  }

  return (name) => {
    const known = places.get(name);
    if (known !== undefined) {
      known.lastAskedAtMs = nowMs();
      return known.answer;
    }
    // One of the places is under way.
    if (places.size > waitingMax || nowMs() < (silentUntilMs.get(name) ?? 0)) return Promise.reject(notAsked(name));
    const answer = last.then(() => take(name));
    last = answer.catch(() => undefined);
    places.set(name, { answer, lastAskedAtMs: nowMs() });
    return answer;
  };
}

function notAsked(name: string): Error {
  return failure("EAI_AGAIN", `${name} could not be resolved`);
}
