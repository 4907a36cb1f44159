/** Runs in turn: the machine is shared, and only figures that were measured side by side may be divided. */

/**
 * @param sides functions that run once and return `{ count, perSecond, nodeUs, postgresUs, p50Ms, p99Ms }`: this build, then the other if any
 * @param reference returns R per second; null if it is not measured
 * @param checkpoint precedes each run, so that nobody pays for the pages of the run before
 * @returns one row per pair: the figures of each side, and R as the mean of right before and right after
 */
export async function alternate({ pairs, sides, reference, checkpoint, say }) {
  const rows = [];
  let before = await reference?.();
  for (let number = 1; number <= pairs; number++) {
    const samples = [];
    // Each side goes first in turn.
    const order = number % 2 === 1 ? [...sides.keys()] : [...sides.keys()].toReversed();
    for (const index of order) {
      await checkpoint();
      samples[index] = await sides[index]();
    }
    const after = await reference?.();
    const r = after === undefined ? null : (before + after) / 2;
    rows.push({ samples, r });
    say(number, samples, r);
    before = after;
  }
  return rows;
}

/** How much better the first side of a pair is than the second, 1 if they are equal; null if there is nothing to divide. */
export const ratios = {
  rate: ([ours, theirs]) => quotient(ours.perSecond, theirs?.perSecond),
  cpu: ([ours, theirs]) => quotient(cpuOf(theirs), cpuOf(ours)),
};

/** CPU per payment, of Node and PostgreSQL together, in microseconds; null if it is not known. */
function cpuOf({ nodeUs, postgresUs } = {}) {
  return typeof nodeUs === "number" && typeof postgresUs === "number" ? nodeUs + postgresUs : null;
}

/** Null if one of them is not known. */
export function quotient(a, b) {
  return typeof a === "number" && typeof b === "number" ? a / b : null;
}

/** Null if there is nothing. */
export function median(values) {
  const sorted = values.filter((value) => value !== null && value !== undefined).toSorted((a, b) => a - b);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
