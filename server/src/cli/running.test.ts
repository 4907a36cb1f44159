import { afterEach, describe, expect, it, vi } from "vitest";
import { serve, type Life } from "./running.ts";

const logged: string[] = [];
const log = {
  info: (_: unknown, message: string) => void logged.push(message),
  warn: (_: unknown, message: string) => void logged.push(message),
  error: () => {},
  flush: () => void logged.push("flushed"),
};
afterEach(() => void logged.splice(0));

/** As the system would: our listeners are called, and the test's process lives on. */
function signal(name: NodeJS.Signals): void {
  process.emit(name, name);
}

/** A part that is open and records when it is closed. */
function opened(life: Life, name: string, closed: string[], failure?: Error): void {
  life.onStop(async () => {
    closed.push(name);
    if (failure) throw failure;
  });
}

describe("a server", () => {
  it("runs until a signal, then closes its parts, the last one first, and ends with 0", async () => {
    const closed: string[] = [];
    const ended = serve(log, async (life) => {
      opened(life, "database", closed);
      opened(life, "api", closed);
    });
    await new Promise(setImmediate);
    expect(closed).toEqual([]);
    signal("SIGTERM");
    expect(await ended).toBe(0);
    expect(closed).toEqual(["api", "database"]);
    expect(logged).toEqual(["stopping", "flushed"]);
  });

  it.each([
    ["at once is the same gesture, passed on by npm: the parts are closed all the same", 100, []],
    ["a while after the first ends the process at once", 501, [130]],
  ])("whose second signal comes %s", async (_, afterMs, exits) => {
    let now = 1_000;
    const codes: unknown[] = [];
    vi.spyOn(performance, "now").mockImplementation(() => now);
    vi.spyOn(process, "exit").mockImplementation((code) => void codes.push(code) as never);
    let close = (): void => undefined;
    const killed: string[] = [];
    const ended = serve(log, async (life) => {
      life.onStop(() => new Promise<void>((resolve) => (close = resolve)));
      life.onKill(() => void killed.push("postgres"));
    });
    await new Promise(setImmediate);
    signal("SIGINT");
    await new Promise(setImmediate);
    now += afterMs;
    signal("SIGINT");
    close();
    expect([await ended, codes, killed]).toEqual([0, exits, exits.map(() => "postgres")]);
    vi.restoreAllMocks();
  });

  it("explains why if it does not stop at once", async () => {
    let close = (): void => undefined;
    const reported = new Promise<void>((resolve) => {
      void serve(log, async (life) => life.onStop(() => new Promise<void>((done) => (close = done))), resolve);
    });
    await new Promise(setImmediate);
    signal("SIGINT");
    await reported;
    close();
  });

  it("goes on closing if a part cannot be closed, and logs it", async () => {
    const closed: string[] = [];
    const ended = serve(log, async (life) => {
      opened(life, "database", closed);
      opened(life, "api", closed, new Error("stuck"));
    });
    await new Promise(setImmediate);
    signal("SIGINT");
    expect([await ended, closed]).toEqual([0, ["api", "database"]]);
    expect(logged).toContain("a part did not stop cleanly");
  });

  it("whose start fails closes its open parts and fails with the same error", async () => {
    const closed: string[] = [];
    const ended = serve(log, async (life) => {
      opened(life, "database", closed);
      throw new Error("port taken");
    });
    await expect(ended).rejects.toThrow("port taken");
    expect(closed).toEqual(["database"]);
    expect(logged).toEqual(["flushed"]);
  });

  it("leaves no listener behind", async () => {
    const listeners = (): number[] => ["SIGINT", "SIGTERM", "SIGHUP", "uncaughtException"].map((name) => process.listenerCount(name));
    const before = listeners();
    const ended = serve(log, async () => {});
    expect(listeners()).toEqual(before.map((count) => count + 1));
    signal("SIGHUP");
    await ended;
    expect(listeners()).toEqual(before);
  });
});

describe("a start that is called off", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("by %s ends with %i: what opens late is closed and nothing follows it", async (name, code) => {
    const closed: string[] = [];
    const after = vi.fn();
    const ended = serve(log, async (life) => {
      opened(life, "database", closed);
      signal(name);
      await new Promise(setImmediate);
      expect(closed).toEqual(["database"]);
      opened(life, "api", closed, new Error("stuck"));
      after();
    });
    expect(await ended).toBe(code);
    expect(closed).toEqual(["database", "api"]);
    expect(after).not.toHaveBeenCalled();
    expect(logged).toEqual(["stopping", "a part did not stop cleanly", "flushed"]);
  });

  it("is not ended by failures under it, since its database is gone by then", async () => {
    const ended = serve(log, async () => {
      signal("SIGINT");
      await new Promise(setImmediate);
      throw new Error("the database system is shutting down");
    });
    expect(await ended).toBe(130);
  });
});

it("a terminal that is gone ends a server that was up with the signal's code", async () => {
  const ended = serve(log, async () => {});
  await new Promise(setImmediate);
  signal("SIGHUP");
  expect(await ended).toBe(129);
});
