import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bothFamilies } from "./resolve.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const after = <T>(ms: number, value: T): Promise<T> => new Promise((resolve) => setTimeout(resolve, ms, value));
const failsAfter = (ms: number): Promise<never> =>
  new Promise((_resolve, reject) => setTimeout(() => reject(Object.assign(new Error("x"), { code: "ENOTFOUND" })), ms));
const silent = new Promise<string[]>(() => undefined);

/** What was found in the end. */
async function found(asked: Promise<string[]>[]): Promise<unknown[]> {
  const looked = bothFamilies(asked, 1_000);
  await vi.advanceTimersByTimeAsync(20_000);
  const families = await Promise.race([looked, Promise.resolve(null)]);
  return families === null ? ["waits"] : families.map((one) => (one.status === "fulfilled" ? one.value : "failed"));
}

describe("the addresses of a name", () => {
  it("are those of both families if both answer", async () => {
    expect(await found([after(1, ["1.1.1.1"]), after(900, ["2606::1"])])).toEqual([["1.1.1.1"], ["2606::1"]]);
  });

  it.each<[string, () => Promise<string[]>[], unknown[]]>([
    ["the second", () => [after(1, ["1.1.1.1"]), silent], [["1.1.1.1"]]],
    ["the first", () => [silent, after(1, ["2606::1"])], [["2606::1"]]],
  ])("are those of one family if the server is silent for %s", async (_name, asked, expected) => {
    expect(await found(asked())).toEqual(expected);
  });

  it("are waited for no longer than the patience once one family has some", async () => {
    let families: unknown = null;
    void bothFamilies([after(10, ["1.1.1.1"]), silent], 1_000).then((found) => (families = found));
    await vi.advanceTimersByTimeAsync(1_009);
    expect(families).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(families).not.toBeNull();
  });

  it("are waited for as long as it takes if no family has any yet, even if one failed or is empty", async () => {
    expect(await found([failsAfter(1), after(5_000, ["2606::1"])])).toEqual(["failed", ["2606::1"]]);
    expect(await found([after(1, []), after(5_000, ["2606::1"])])).toEqual([[], ["2606::1"]]);
    expect(await found([failsAfter(1), failsAfter(4_000)])).toEqual(["failed", "failed"]);
  });
});
