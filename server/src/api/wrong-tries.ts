/** How often wrong credentials may be tried: by address and by key, so that nobody is locked out by somebody else's tries. See decision 0041. */
import { isIP, isIPv4 } from "node:net";
import type { FastifyRequest } from "fastify";
import { TillwayError } from "../core/errors.ts";
import type { Ms } from "../core/model.ts";
import type { Clock } from "../core/ports/world.ts";

/** Wrong tries at once, and within which time they come back one by one: PCI DSS 8.3.4. */
export const WRONG_TRIES_MAX = 10;
export const WRONG_TRIES_WINDOW_MS = 1_800_000;
/** Addresses, and keys, that are counted; one more, and the one that was quiet the longest is forgotten. */
const COUNTED_MAX = 10_000;
/** Checks above the bound, of one process: what a right secret passes through behind an address that somebody else has used up. */
const CHECKS_PER_SECOND = 20;
const CHECKS_AT_ONCE = 100;

export function wrongTries(clock: Pick<Clock, "now">) {
  const perMs = WRONG_TRIES_MAX / WRONG_TRIES_WINDOW_MS;
  const [addresses, keys] = [buckets(WRONG_TRIES_MAX, perMs), buckets(WRONG_TRIES_MAX, perMs)];
  const checks = buckets(CHECKS_AT_ONCE, CHECKS_PER_SECOND / 1_000);
  /** Counts a try before it is checked, so that many at once are no way around. False: the address or the key has had too many. */
  const take = (address: string, key: string): boolean => {
    if (!addresses.take(address, clock.now())) return false;
    if (keys.take(key, clock.now())) return true;
    addresses.giveBack(address);
    return false;
  };
  /** The try was right, or could not be checked. */
  const giveBack = (address: string, key: string): void => {
    addresses.giveBack(address);
    keys.giveBack(key);
  };
  const refusal = (address: string, key: string): TillwayError => {
    const now = clock.now();
    const retryAfterMs = Math.max(addresses.waitMs(address, now), keys.waitMs(key, now));
    return new TillwayError("rate_limited", { retryAfterMs, message: TOO_MANY });
  };
  return {
    take,
    refusal,
    /**
     * Each wrong try is counted. Above the bound a few are still checked, since one of them may be right: somebody else may have the same
     * address. @param look null: it was wrong
     */
    async guess<Found>(address: string, key: string, look: () => Promise<Found | null>): Promise<Found | null> {
      const isWithin = take(address, key);
      if (!isWithin && !checks.take("", clock.now())) throw refusal(address, key);
      let isWrong = false;
      try {
        const found = await look();
        isWrong = found === null;
        if (isWrong && !isWithin) throw refusal(address, key);
        return found;
      } finally {
        if (isWithin && !isWrong) giveBack(address, key);
      }
    },
  };
}

const TOO_MANY = "Too many wrong credentials came from this address or for this key. Correct them, and wait as Retry-After says.";

interface Bucket {
  left: number;
  atMs: Ms;
}

/** Buckets of tokens by name, which fill at a rate. */
export function buckets(size: number, perMs: number) {
  const known = new Map<string, Bucket>();
  /** As it is now. A clock that was set back must not freeze it. */
  const filled = (name: string, now: Ms): Bucket => {
    const bucket = known.get(name) ?? { left: size, atMs: now };
    bucket.left = Math.min(size, bucket.left + Math.max(0, now - bucket.atMs) * perMs);
    bucket.atMs = now;
    return bucket;
  };
  return {
    take(name: string, now: Ms): boolean {
      const bucket = filled(name, now);
      // Behind all others: the first one is the one that was quiet the longest.
      known.delete(name);
      if (known.size >= COUNTED_MAX) known.delete(known.keys().next().value!);
      known.set(name, bucket);
      if (bucket.left < 1) return false;
      bucket.left--;
      return true;
    },
    giveBack(name: string): void {
      const bucket = known.get(name);
      if (bucket) bucket.left = Math.min(size, bucket.left + 1);
    },
    waitMs: (name: string, now: Ms): Ms => Math.max(0, Math.ceil((1 - filled(name, now).left) / perMs)),
  };
}

/** Of the connection; of a trusted proxy's caller, as the proxy says. A site with IPv6 has 2^64 addresses, which count as one. */
export function addressOf({ ip, raw }: FastifyRequest): string {
  // A proxy that passes on what its caller wrote may name anything: that is then the proxy's own.
  const own = isIP(ip ?? "") === 0 ? raw.socket.remoteAddress : ip;
  const address = (own ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
  if (address === "" || isIPv4(address)) return address;
  const groups = (part: string): readonly string[] => (part === "" ? [] : part.split(":"));
  const [head, tail] = address.split("::", 2) as [string, string?];
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}
