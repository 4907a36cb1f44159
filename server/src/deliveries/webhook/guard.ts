/** The addresses that webhooks may reach: not this machine, no private networks, unless the configuration opens them. */
import { BlockList, isIP } from "node:net";
import { failure, isLocalhost } from "../../net/dial.ts";

export interface GuardOptions {
  /** Receivers on this machine are allowed: TEST_MODE and the embedded profile only. */
  readonly allowLoopback: boolean;
  /** Private networks that the operator opened, see `networkList`. */
  readonly allowedNetworks?: BlockList;
}

export type UrlVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const URL_MAX_LENGTH = 2_048;

/**
 * Checks the text of a webhook URL. Names are checked again by `checkAddresses` at each connection, because their addresses can change
 * between two tries. Never throws. The reason is a sentence for the merchant.
 */
export function checkWebhookUrl(text: string, options: GuardOptions): UrlVerdict {
  if (text.length > URL_MAX_LENGTH) return refuse(`The URL is longer than ${URL_MAX_LENGTH} characters.`);
  // The URL parser drops tabs and line ends silently; the stored URL should be the one that is called.
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return refuse("The URL contains spaces, control characters or backslashes.");
  if (!URL.canParse(text)) return refuse("The URL cannot be parsed. Use the form https://host/path.");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return refuse("The URL must start with https:// or http://.");
  if (url.username !== "" || url.password !== "") return refuse("The URL must not carry a user name or password.");
  return checkHost(url.hostname, options);
}

/** True if a connection to this address may be made. Anything that is not a plain IP address is refused. */
export function isAllowedAddress(address: string, options: GuardOptions): boolean {
  // A zone id (`fe80::1%eth0`) only makes sense for addresses of this machine's own links.
  if (address.includes("%")) return false;
  const family = isIP(address);
  if (family === 0) return false;
  const kind = family === 4 ? "ipv4" : "ipv6";
  if (LOOPBACK.check(address, kind)) return options.allowLoopback;
  if (options.allowedNetworks?.check(address, kind)) return !NEVER.check(address, kind);
  if (family === 4) return !REFUSED_V4.check(address, "ipv4");
  // A v4-mapped address is matched by the IPv4 rules.
  if (MAPPED.check(address, "ipv6")) return !REFUSED_V4.check(address, "ipv6");
  return GLOBAL_V6.check(address, "ipv6") && !REFUSED_V6.check(address, "ipv6");
}

/**
 * Checks the addresses of a connection before it is made: *all* of them must be allowed. A name that resolves differently the next time
 * (DNS rebinding) is checked by that answer. Throws an error with code `TILLWAY_BLOCKED_ADDRESS`.
 */
export function checkAddresses(options: GuardOptions): (hostname: string, addresses: readonly string[]) => void {
  return (hostname, addresses) => {
    // One forbidden address among allowed ones is refused as a whole: a name that points at both is no honest receiver.
    if (!addresses.every((address) => isAllowedAddress(address, options)))
      throw failure("TILLWAY_BLOCKED_ADDRESS", `${hostname} leads to an address that webhooks must not reach`);
  };
}

function checkHost(hostname: string, options: GuardOptions): UrlVerdict {
  // The URL parser has made every spelling of an IPv4 address (decimal, hexadecimal, octal, short) a dotted one by now.
  const literal = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  const family = isIP(literal);
  if (family !== 0 && !isAllowedAddress(literal, options))
    return refuse(
      LOOPBACK.check(literal, family === 4 ? "ipv4" : "ipv6")
        ? OURSELVES
        : "The URL points at an address that is private, local or reserved. WEBHOOK_ALLOWED_NETWORKS can open private networks.",
    );
  if (family !== 0) return { ok: true };
  if (hostname.replace(/\.$/, "") === "") return refuse("The URL names no host.");
  // The URL parser has made other scripts ASCII; it lets through characters such as * and ~, which no host name has.
  if (!/^[a-z0-9._-]+$/.test(hostname)) return refuse("The URL's host has a character that host names do not have.");
  if (isLocalhost(hostname) && !options.allowLoopback) return refuse(OURSELVES);
  return { ok: true };
}

const OURSELVES = "The URL points at this machine itself, which only TEST_MODE=true allows.";

function refuse(reason: string): UrlVerdict {
  return { ok: false, reason };
}

/** Networks such as `10.0.0.0/8` and `fd00::/8` as one list to look an address up in. A v4-mapped address is found by its IPv4 network. */
export function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split("/");
    list.addSubnet(address!, Number(bits), isIP(address!) === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

const LOOPBACK = networkList(["127.0.0.0/8", "::1/128"]);
const MAPPED = networkList(["::ffff:0:0/96"]);
/** Clouds hand out credentials there: no setting opens these. */
const NEVER = networkList(["100.100.100.200/32", "fd00:ec2::/32", "fd20:ce::/32"]);

/** IANA's special-purpose registry, and two addresses that clouds gave to their own services. */
const REFUSED_V4 = networkList([
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
const GLOBAL_V6 = networkList(["2000::/3"]);
const REFUSED_V6 = networkList([
  "2001::/23", // protocol assignments: Teredo, benchmarks, ORCHID
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: carries any IPv4 address inside
  "3fff::/20", // documentation
]);
