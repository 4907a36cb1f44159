import type { Store } from "../core/ports/store.ts";

/** The same store. @returns it, and how long a write took since the last call, on average; 0 if there was none */
export function timingStore(store: Store): { readonly store: Store; readonly takeMs: () => number } {
  let underWay = 0;
  let lastEndAt = 0;
  let ended = { count: 0, sumMs: 0 };
  let lastMs = 0;
  const timed = async <Result>(write: () => Promise<Result>): Promise<Result> => {
    const startedAt = performance.now();
    // A pause is no stall.
    if (underWay++ === 0) lastEndAt = startedAt;
    try {
      return await write();
    } finally {
      underWay--;
      lastEndAt = performance.now();
      ended.count++;
      ended.sumMs += lastEndAt - startedAt;
    }
  };
  return {
    store: { ...store, create: (creation) => timed(() => store.create(creation)), commit: (change) => timed(() => store.commit(change)) },
    takeMs: () => {
      // Writes that take longer than from one call to the next: those before them say how long, and so does the time without any end.
      if (ended.count > 0) lastMs = ended.sumMs / ended.count;
      else lastMs = underWay === 0 ? 0 : Math.max(lastMs, performance.now() - lastEndAt);
      ended = { count: 0, sumMs: 0 };
      return lastMs;
    },
  };
}
