/** Names that strangers gave us: however silent their servers, nobody else waits for them. */
import { Resolver } from "node:dns/promises";
import { WEBHOOK_CONNECT_TIMEOUT_MS } from "../core/constants.ts";
import { codeOf } from "../core/errors.ts";
import { failure, systemResolve, type Resolve } from "./dial.ts";
import { bothFamilies, createNameLine } from "./names.ts";

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
