import { randomFillSync } from "node:crypto";
import type { Random } from "../core/ports/random.ts";

const POOL_BYTES = 16_384;

/** Cryptographic randomness from a pool that is filled in one call: an id costs 16 bytes, thousands of them a second. */
export function systemRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    float: () => {
      const [a, b] = [take(4), take(4)];
      const high = ((a[0]! << 24) | (a[1]! << 16) | (a[2]! << 8) | a[3]!) >>> 5;
      const low = ((b[0]! << 24) | (b[1]! << 16) | (b[2]! << 8) | b[3]!) >>> 6;
      return (Math.abs(high) * 67_108_864 + Math.abs(low)) / 9_007_199_254_740_992;
    },
    bytes: (length) => take(length),
  };

  function take(length: number): Uint8Array {
    if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
    if (used + length > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    // A copy: returned bytes must not change when the pool is filled again.
    const bytes = pool.slice(used, used + length);
    used += length;
    return bytes;
  }
}
