import { lookup as systemLookup, Resolver } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import type { LookupFunction } from "node:net";
import { WEBHOOK_CONNECT_TIMEOUT_MS } from "../../core/constants.ts";
import { bothFamilies } from "./families.ts";
import { createNameLine } from "./name-line.ts";

export interface GuardOptions {
  /** Receivers on this machine are allowed: TEST_MODE and the embedded profile only. */
  readonly allowLoopback: boolean;
}

export type UrlVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Answers every address of a name, in the order to try them. Rejects where there is none. */
export type Resolve = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** A name led to an address that webhooks must not reach. */
export class BlockedAddressError extends Error {
  readonly code = "TILLWAY_BLOCKED_ADDRESS";
}

const URL_MAX_LENGTH = 2_048;

/**
 * Says whether a webhook URL may be used, as far as its text tells: names are judged again by `guardedLookup` whenever a connection
 * is made, because what a name means can change between two tries. Never throws. The reason is a sentence for the merchant.
 */
export function checkWebhookUrl(text: string, options: GuardOptions): UrlVerdict {
  if (text.length > URL_MAX_LENGTH) return refuse(`The URL is longer than ${URL_MAX_LENGTH} characters.`);
  // The URL parser drops tabs and line ends silently; what is stored should be what is called.
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return refuse("The URL contains spaces, control characters or backslashes.");
  if (!URL.canParse(text)) return refuse("The URL cannot be parsed. Use the form https://host/path.");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return refuse("The URL must start with https:// or http://.");
  if (url.username !== "" || url.password !== "") return refuse("The URL must not carry a user name or password.");
  return checkHost(url.hostname, options);
}

/** Says whether a connection to this address may be made. Anything that is not a plain IP address is refused. */
export function isAllowedAddress(address: string, options: GuardOptions): boolean {
  // A zone id (`fe80::1%eth0`) only makes sense for addresses of this machine's own links.
  if (address.includes("%")) return false;
  const family = isIP(address);
  if (family === 0) return false;
  const kind = family === 4 ? "ipv4" : "ipv6";
  if (LOOPBACK.check(address, kind)) return options.allowLoopback;
  if (family === 4) return !REFUSED_V4.check(address, "ipv4");
  // A v4-mapped address is matched by the IPv4 rules.
  if (MAPPED.check(address, "ipv6")) return !REFUSED_V4.check(address, "ipv6");
  return GLOBAL_V6.check(address, "ipv6") && !REFUSED_V6.check(address, "ipv6");
}

/**
 * The `lookup` of a connection: resolves a name and hands on its addresses only if *all* of them may be reached. So the connection is
 * made to an address that was checked, and a name that answers differently the next time (DNS rebinding) is judged by that answer.
 * Node does not call it for IP literals: `checkWebhookUrl` must have been asked before.
 */
export function guardedLookup(options: GuardOptions & { readonly resolve?: Resolve }): LookupFunction {
  const resolve = options.resolve ?? systemResolve;
  return (hostname, request, callback) => {
    resolveChecked(hostname, resolve, options).then(
      (addresses) => {
        if (request.all === true) callback(null, addresses);
        else callback(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}

async function resolveChecked(hostname: string, resolve: Resolve, options: GuardOptions): Promise<{ address: string; family: number }[]> {
  const addresses = await resolve(hostname);
  if (addresses.length === 0) throw Object.assign(new Error(`${hostname} has no address`), { code: "ENOTFOUND" });
  // One forbidden address among allowed ones is refused as a whole: a name that points at both is no honest receiver.
  const refused = addresses.find((found) => !isAllowedAddress(found.address, options));
  if (refused !== undefined) throw new BlockedAddressError(`${hostname} leads to an address that webhooks must not reach`);
  return addresses.map((found) => ({ address: found.address, family: isIP(found.address) }));
}

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
async function systemResolve(hostname: string): Promise<readonly ResolvedAddress[]> {
  const families = await bothFamilies([resolver.resolve4(hostname), resolver.resolve6(hostname)], OTHER_FAMILY_MS);
  const found = families.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  if (found.length > 0) return found.map((address) => ({ address, family: isIP(address) }));
  const isUnknown = families.every(
    (answer) => answer.status === "rejected" && UNKNOWN_NAME.has((answer.reason as { code?: string }).code ?? ""),
  );
  if (isUnknown) return bySystem(hostname);
  throw Object.assign(new Error(`${hostname} could not be resolved`), { code: "EAI_AGAIN" });
}

/** Honest names of a hosts file are few, and answered at once. */
const WAITING_NAMES_MAX = 256;
/** A name that DNS denies and that then hangs is hardly honest. */
const SILENT_NAME_MS = 3_600_000;

/** However silent the names, at most one of the four threads waits for them. */
const bySystem = createNameLine<readonly ResolvedAddress[]>({
  lookup: (hostname) => systemLookup(hostname, { all: true, verbatim: true }),
  nowMs: () => performance.now(),
  patienceMs: WEBHOOK_CONNECT_TIMEOUT_MS,
  waitingMax: WAITING_NAMES_MAX,
  silentForMs: SILENT_NAME_MS,
});

const UNKNOWN_NAME: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "ECONNREFUSED", "ENONAME", "EBADNAME"]);

function checkHost(hostname: string, options: GuardOptions): UrlVerdict {
  // The URL parser has made every spelling of an IPv4 address (decimal, hexadecimal, octal, short) a dotted one by now.
  const literal = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const family = isIP(literal);
  if (family !== 0 && !isAllowedAddress(literal, options))
    return refuse(
      LOOPBACK.check(literal, family === 4 ? "ipv4" : "ipv6")
        ? OURSELVES
        : "The URL points at an address that is private, local or reserved.",
    );
  if (family !== 0) return { ok: true };
  const name = hostname.replace(/\.$/, "");
  if (name === "") return refuse("The URL names no host.");
  if ((name === "localhost" || name.endsWith(".localhost")) && !options.allowLoopback) return refuse(OURSELVES);
  return { ok: true };
}

const OURSELVES = "The URL points at this machine itself, which only TEST_MODE=true allows.";

function refuse(reason: string): UrlVerdict {
  return { ok: false, reason };
}

function ranges(kind: "ipv4" | "ipv6", subnets: readonly string[], into = new BlockList()): BlockList {
  for (const subnet of subnets) {
    const [network, bits] = subnet.split("/");
    into.addSubnet(network!, Number(bits), kind);
  }
  return into;
}

const LOOPBACK = ranges("ipv6", ["::1/128"], ranges("ipv4", ["127.0.0.0/8"]));
const MAPPED = ranges("ipv6", ["::ffff:0:0/96"]);

/** IANA's special-purpose registry, and two addresses that clouds gave to their own services. */
const REFUSED_V4 = ranges("ipv4", [
  "0.0.0.0/8", // this network; on most systems 0.0.0.0 reaches the machine itself
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carrier-grade NAT; also one cloud's metadata service (100.100.100.200)
  "169.254.0.0/16", // link-local, with most clouds' metadata service (169.254.169.254)
  "168.63.129.16/32", // Azure's host service: a public address that only leads inside
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments; also one cloud's metadata service (192.0.0.192)
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, with broadcast
]);

/** Only global unicast is reachable at all: this leaves out unique local, link-local, multicast, NAT64 (64:ff9b::/96) and v4-compatible addresses. */
const GLOBAL_V6 = ranges("ipv6", ["2000::/3"]);
const REFUSED_V6 = ranges("ipv6", [
  "2001::/23", // protocol assignments: Teredo, benchmarks, ORCHID
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: carries any IPv4 address inside
  "3fff::/20", // documentation
]);
