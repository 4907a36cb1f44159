import type { Deps } from "../../../server/src/flows/deps.ts";

/** Where a process dies: at the n-th call that leaves it, before the other side hears of it or after it has acted. */
export interface CrashPoint {
  readonly call: number;
  readonly when: "before" | "after";
}

export interface Mortal {
  readonly deps: Deps;
  /** Which call it died at; null while it lives. */
  died(): string | null;
}

/** The same ports as seen from a process that dies: from the crash on nothing it does has any effect, and nothing answers it. */
export function mortal(deps: Deps, at: CrashPoint): Mortal {
  let calls = 0;
  let dead: string | null = null;
  const watch = <Port extends object>(port: Port, name: string): Port =>
    new Proxy(port, {
      get(target, member) {
        const value: unknown = Reflect.get(target, member, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          if (dead !== null) return never();
          const hit = ++calls === at.call;
          if (hit) dead = `${at.when} ${name}.${String(member)}`;
          if (hit && at.when === "before") return never();
          const result: unknown = Reflect.apply(value, target, args);
          return hit ? Promise.resolve(result).then(never) : result;
        };
      },
    });
  const connectors = new Map([...deps.connectors].map(([name, connector]) => [name, watch(connector, name)]));
  const watched: Deps = { ...deps, store: watch(deps.store, "store"), connectors, webhooks: watch(deps.webhooks, "webhooks") };
  return { deps: watched, died: () => dead };
}

/** A process that dies once what a request asked for is written: the job that the request would run is left with its lease. */
export function diesOnceWritten(deps: Deps): Deps {
  const { create, commit } = deps.store;
  const store = { ...deps.store, create: after(create), commit: after(commit) };
  return { ...deps, store };
}

function after<Given>(write: (given: Given) => Promise<unknown>): (given: Given) => Promise<never> {
  return (given) => write(given).then(never);
}

function never(): Promise<never> {
  return new Promise(() => {});
}
