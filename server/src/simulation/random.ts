import type { Random } from "../core/ports/world.ts";

/** Seeded chance, with the few draws that a simulation needs. */
export interface Chance {
  /** Uniform in [0, 1). */
  float(): number;
  /** True with this probability. A probability of 0 draws nothing, so that switched-off faults do not shift the others. */
  hit(probability: number): boolean;
  /** An integer from `least` to `most`, both included. */
  int(least: number, most: number): number;
  pick<T>(choices: readonly T[]): T;
  /** A latency: mostly near `least`, rarely near `most`. */
  skewed(least: number, most: number): number;
  uint32(): number;
}

/**
 * sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, fast, and good enough to draw faults. Streams of one seed differ by
 * name, so that one more draw in a script does not shift every fault after it.
 */
export function chance(seed: number, stream: string): Chance {
  const next = sfc32(seed, stream);
  const float = (): number => next() / 2 ** 32;
  return {
    uint32: next,
    float,
    hit: (probability) => probability > 0 && float() < probability,
    int: (least, most) => least + Math.floor(float() * (most - least + 1)),
    pick: (choices) => choices[Math.floor(float() * choices.length)]!,
    skewed: (least, most) => Math.round(least + float() ** 4 * (most - least)),
  };
}

/** The random port over a stream. */
export function randomPort(stream: Chance): Random {
  return {
    float: () => stream.float(),
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i += 4) {
        const word = stream.uint32();
        for (let j = 0; j < 4 && i + j < length; j++) bytes[i + j] = word >>> (8 * j);
      }
      return bytes;
    },
  };
}

/** FNV-1a over a text, for stream names and trace hashes. @param start the hash so far */
export function fnv1a(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function sfc32(seed: number, stream: string): () => number {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = fnv1a(stream) | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}
