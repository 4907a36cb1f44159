/** What was found of the addresses of a name, family by family, as `Promise.allSettled` tells it. */
export type Families = readonly PromiseSettledResult<readonly string[]>[];

/**
 * Waits for both families of a name's addresses; once one has some, no longer than `patienceMs` for the other. Many name servers are
 * silent for the family that a name does not have, and waiting for them takes longer than a connection may. Never rejects.
 */
export async function bothFamilies(asked: readonly Promise<readonly string[]>[], patienceMs: number): Promise<Families> {
  const all = Promise.allSettled(asked);
  const first = await Promise.any(asked.map(someOf)).catch(() => null);
  if (first === null) return all;
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<Families>((resolve) => {
    timer = setTimeout(resolve, patienceMs, [{ status: "fulfilled", value: first }]);
  });
  const found = await Promise.race([all, enough]);
  clearTimeout(timer);
  return found;
}

async function someOf(asked: Promise<readonly string[]>): Promise<readonly string[]> {
  const found = await asked;
  if (found.length === 0) throw new Error("no address of this family");
  return found;
}
