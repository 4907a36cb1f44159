import { randomFillSync } from "node:crypto";
import type { Random } from "../core/ports/world.ts";

const POOL_BYTES = 16_384;

/** Cryptographic randomness from a pool that is filled in one call: an id costs 16 bytes, thousands of them a second. */
export function systemRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    // 53 bits, all that a float in [0, 1) can hold.
    float: () => Number(new DataView(take(8).buffer).getBigUint64(0) >> 11n) / 2 ** 53,
    bytes: take,
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
