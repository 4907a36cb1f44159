/** Our runs between runs of pgbench: the machine is shared, and only what was measured side by side may be divided. */

/**
 * @param pgbench a function of seconds, or null where there is no pgbench
 * @param ours runs once and tells `{ perSecond, … }`
 * @param checkpoint precedes each run: everybody starts behind one, so that nobody pays for the pages of the one before
 * @returns each run with its neighbours and ratio
 */
export async function alternate({ name, pairs, seconds, pgbench, ours, checkpoint, say }) {
  const rows = [];
  let before = await reference();
  for (let number = 1; number <= pairs; number++) {
    await checkpoint();
    const own = await ours();
    const after = await reference();
    const p = before === null ? null : (before + after) / 2;
    rows.push({ ...own, p, ratio: p === null ? null : own.perSecond / p });
    say(
      `${name} ${number}/${pairs}: ${Math.round(own.perSecond)}/s${p === null ? "" : `, P ${Math.round(before)} and ${Math.round(after)}/s, ratio ${(own.perSecond / p).toFixed(2)}`}`,
    );
    before = after;
  }
  return rows;

  async function reference() {
    if (pgbench === null) return null;
    await checkpoint();
    return await pgbench(seconds);
  }
}

/** Null where there is nothing. */
export function median(values) {
  const sorted = values.filter((value) => value !== null && value !== undefined).toSorted((a, b) => a - b);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
