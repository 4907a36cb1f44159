/** How often one key may ask. Counted in this process: each of several has a bucket of its own. */
import type { FastifyReply } from "fastify";
import { TillwayError } from "../core/errors.ts";
import type { Clock } from "../core/ports/world.ts";

/** Below this many a key may ask at once what it may ask in this time. */
const WINDOW_S = 10;
/** Buckets that are full again are dropped; a flood of keys must not fill the memory. */
const BUCKETS_MAX = 10_000;

export interface RateLimit {
  /** Takes one of the key's requests, and says in the answer's headers what is left. Null: it may go on. */
  take(reply: FastifyReply, keyId: string): TillwayError | null;
}

interface Bucket {
  left: number;
  atMs: number;
}

/**
 * A bucket of tokens per key: it holds what may be asked in ten seconds, and fills at the rate. The headers are those of the draft
 * draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` is the rule, `RateLimit` what is left (`r`) and when the bucket is full
 * again (`t`, seconds).
 * @param perSecond requests of one key
 */
export function rateLimit(perSecond: number, clock: Pick<Clock, "now">): RateLimit {
  const quota = perSecond * WINDOW_S;
  const policy = `"key";q=${quota};w=${WINDOW_S}`;
  const buckets = new Map<string, Bucket>();

  /** As it is now. A clock that was set back must not freeze a bucket. */
  const filled = (keyId: string, nowMs: number): Bucket => {
    const known = buckets.get(keyId);
    if (known === undefined) {
      if (buckets.size >= BUCKETS_MAX) buckets.delete(buckets.keys().next().value!);
      const bucket = { left: quota, atMs: nowMs };
      buckets.set(keyId, bucket);
      return bucket;
    }
    known.left = Math.min(quota, known.left + (Math.max(0, nowMs - known.atMs) * perSecond) / 1_000);
    known.atMs = nowMs;
    return known;
  };

  return {
    take(reply, keyId) {
      const bucket = filled(keyId, clock.now());
      const isFree = bucket.left >= 1;
      if (isFree) bucket.left--;
      const fullInS = Math.ceil((quota - bucket.left) / perSecond);
      reply.headers({ "ratelimit-policy": policy, ratelimit: `"key";r=${Math.floor(bucket.left)};t=${fullInS}` });
      if (isFree) return null;
      const retryAfterMs = Math.ceil(((1 - bucket.left) / perSecond) * 1_000);
      const message = `This key may ask ${perSecond} times a second, ${quota} times at once. Wait as Retry-After says.`;
      return new TillwayError("rate_limited", { message, retryAfterMs });
    },
  };
}
