import { describe, expect, it } from "vitest";
import { waitFor } from "./wait-for.ts";

describe("waitFor", () => {
  it("returns the value that it waited for", async () => {
    let looks = 0;
    expect(await waitFor("three looks", () => ((looks += 1) === 3 ? "there" : null))).toBe("there");
  });

  it("counts an error as not yet", async () => {
    let looks = 0;
    const look = (): boolean => {
      looks += 1;
      if (looks < 3) throw new Error("not yet");
      return true;
    };
    expect(await waitFor("no error", look)).toBe(true);
  });

  it("names the awaited thing and the last error when the time is over", async () => {
    const options = { timeoutMs: 20, pauseMs: 1 };
    await expect(waitFor("the moon", () => false, options)).rejects.toThrow("waited 20 ms in vain for: the moon");
    await expect(waitFor("the moon", () => Promise.reject(new Error("clouds")), options)).rejects.toThrow("(last error: clouds)");
  });
});
