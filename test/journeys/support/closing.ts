import { afterEach } from "vitest";

/** Closes everything that a test opened, the last first; one that cannot be closed keeps none of the others open. */
export function closedAfterEach(): (() => Promise<unknown>)[] {
  const open: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    const failures: unknown[] = [];
    for (const close of open.splice(0).reverse()) await close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, "not everything could be closed");
  });
  return open;
}
