import { describe, expect, it } from "vitest";
import { createNameLine } from "./resolve.ts";

const PATIENCE_MS = 5_000;
const SILENT_MS = 3_600_000;

/** A line whose lookups end when the test says so. */
function aLine(waitingMax = 100) {
  const state = { nowMs: 0, asked: [] as string[] };
  const open = new Map<string, { answer: (addresses: string[]) => void; fail: (error: Error) => void }>();
  const lookup = (name: string): Promise<string[]> => {
    state.asked.push(name);
    return new Promise((answer, fail) => open.set(name, { answer, fail }));
  };
  const line = createNameLine(lookup, waitingMax, () => state.nowMs);
  /** What became of a request so far. */
  const begin = (name: string) => {
    const fate = { is: "waiting" };
    line(name).then(
      ([address]) => (fate.is = address!),
      (error: { code?: string }) => (fate.is = error.code ?? "failed"),
    );
    return fate;
  };
  const ask = async (...names: string[]) => {
    const fates = names.map(begin);
    await turn();
    return fates;
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const end = async (name: string, address: string | null) => {
    if (address === null) open.get(name)!.fail(Object.assign(new Error(name), { code: "ENOTFOUND" }));
    else open.get(name)!.answer([address]);
    await turn();
  };
  return { state, ask, end };
}

describe("the line of name lookups", () => {
  it("asks one at a time, in order, and hands on answers and failures", async () => {
    const { state, ask, end } = aLine();
    const fates = await ask("a", "b", "c");
    expect(state.asked).toEqual(["a"]);
    await end("a", "8.8.8.8");
    expect(state.asked).toEqual(["a", "b"]);
    await end("b", null);
    await end("c", "9.9.9.9");
    expect(fates.map((fate) => fate.is)).toEqual(["8.8.8.8", "ENOTFOUND", "9.9.9.9"]);
  });

  it("asks once for all who want the same name at the same time, and again later", async () => {
    const { state, ask, end } = aLine();
    const fates = await ask(...Array.from({ length: 32 }, () => "a"));
    await end("a", "8.8.8.8");
    expect([state.asked, new Set(fates.map((fate) => fate.is))]).toEqual([["a"], new Set(["8.8.8.8"])]);
    await ask("a");
    expect(state.asked).toEqual(["a", "a"]);
  });

  it("does not ask any more for what waited longer than its connection would", async () => {
    const { state, ask, end } = aLine();
    const [, abandoned, wanted] = await ask("silent", "abandoned", "wanted");
    state.nowMs = 9_000;
    const [stillWanted] = await ask("wanted");
    await end("silent", null);
    expect(state.asked).toEqual(["silent", "wanted"]);
    await end("wanted", "8.8.8.8");
    expect([abandoned, wanted, stillWanted].map((fate) => fate!.is)).toEqual(["EAI_AGAIN", "8.8.8.8", "8.8.8.8"]);
  });

  it("32 silent names hold up the others once, not at each of their tries", async () => {
    const { state, ask, end } = aLine();
    const silent = Array.from({ length: 32 }, (_, n) => `silent-${n}`);
    for (let tries = 0; tries < 32; tries++) {
      await ask(...silent);
      const hanging = state.asked.at(-1)!;
      state.nowMs += 10_000;
      await end(hanging, null);
    }
    expect([...state.asked].sort()).toEqual([...silent].sort());
    await ask(...silent);
    const [honest] = await ask("honest");
    expect(state.asked.at(-1)).toBe("honest");
    await end("honest", "8.8.8.8");
    expect(honest!.is).toBe("8.8.8.8");
  });

  it("asks a silent name again when its time is over", async () => {
    const { state, ask, end } = aLine();
    await ask("a");
    state.nowMs = PATIENCE_MS + 1;
    await end("a", "8.8.8.8");
    await ask("a");
    expect(state.asked).toEqual(["a"]);
    state.nowMs += SILENT_MS;
    await ask("a");
    expect(state.asked).toEqual(["a", "a"]);
  });

  it("refuses one name more than may wait", async () => {
    const { state, ask } = aLine(2);
    const fates = await ask("under way", "b", "c", "d");
    expect(fates.map((fate) => fate.is)).toEqual(["waiting", "waiting", "waiting", "EAI_AGAIN"]);
    expect(state.asked).toEqual(["under way"]);
  });
});
