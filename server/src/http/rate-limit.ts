/** How often one key may ask: as its own limit says, or else as that of the installation. Counted in this process: each of several has a bucket of its own. */
import type { FastifyReply } from "fastify";
import { TillwayError } from "../core/errors.ts";
import type { Actor } from "../core/ports/settings.ts";
import type { Clock } from "../core/ports/world.ts";

/** Below this many a key may ask at once what it may ask in this time. */
const WINDOW_S = 10;
/** A flood of keys must not fill the memory: one more, and the key that was quiet the longest is forgotten. */
const BUCKETS_MAX = 10_000;

export interface RateLimit {
  /** Takes one of the key's requests, and says in the answer's headers what is left. Null: it may go on. */
  take(reply: FastifyReply, key: Pick<Actor, "keyId" | "rateLimitPerSecond">): TillwayError | null;
}

interface Bucket {
  left: number;
  atMs: number;
}

/**
 * A bucket of tokens per key: it holds what may be asked in ten seconds, and fills at the rate. The headers are those of the draft
 * draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` is the rule, `RateLimit` what is left (`r`) and when the bucket is full
 * again (`t`, seconds).
 * @param standard requests a second of a key without a limit of its own; null: any number
 */
export function rateLimit(standard: number | null, clock: Pick<Clock, "now">): RateLimit {
  const buckets = new Map<string, Bucket>();

  /** As it is now, by the limit that the key has now. A clock that was set back must not freeze a bucket. */
  const filled = (keyId: string, perSecond: number, nowMs: number): Bucket => {
    const quota = perSecond * WINDOW_S;
    const known = buckets.get(keyId);
    if (known === undefined) {
      if (buckets.size >= BUCKETS_MAX) buckets.delete(buckets.keys().next().value!);
      const bucket = { left: quota, atMs: nowMs };
      buckets.set(keyId, bucket);
      return bucket;
    }
    buckets.delete(keyId);
    buckets.set(keyId, known);
    known.left = Math.min(quota, known.left + (Math.max(0, nowMs - known.atMs) * perSecond) / 1_000);
    known.atMs = nowMs;
    return known;
  };

  return {
    take(reply, { keyId, rateLimitPerSecond }) {
      const perSecond = rateLimitPerSecond ?? standard;
      if (perSecond === null) return null;
      const quota = perSecond * WINDOW_S;
      const bucket = filled(keyId, perSecond, clock.now());
      const isFree = bucket.left >= 1;
      if (isFree) bucket.left--;
      const fullInS = Math.ceil((quota - bucket.left) / perSecond);
      reply.headers({
        "ratelimit-policy": `"key";q=${quota};w=${WINDOW_S}`,
        ratelimit: `"key";r=${Math.floor(bucket.left)};t=${fullInS}`,
      });
      if (isFree) return null;
      const retryAfterMs = Math.ceil(((1 - bucket.left) / perSecond) * 1_000);
      const message = `This key may ask ${perSecond} times a second, ${quota} times at once. Wait as Retry-After says.`;
      return new TillwayError("rate_limited", { message, retryAfterMs });
    },
  };
}
