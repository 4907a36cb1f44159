/** Calls of requests: a synchronous one may be answered before its call ends. */
export function tracked(): { readonly track: (started: Promise<void>) => Promise<void>; readonly all: () => Promise<unknown> } {
  const calls = new Set<Promise<void>>();
  return {
    track: (started) => {
      const call = started.finally(() => calls.delete(call));
      calls.add(call);
      return call;
    },
    all: () => Promise.all(calls),
  };
}
