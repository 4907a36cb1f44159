import { describe, expect, it } from "vitest";
import { judge, needs } from "./require-services.ts";

const there = needs("a server", "tcp://127.0.0.1:1", true);
let ran = false;

there.describe("a suite whose server is there", () => {
  it("runs with its URL", () => {
    ran = true;
    expect(there.url).toBe("tcp://127.0.0.1:1");
  });
});

describe("a needed server", () => {
  it("lets the suite run if it is there", () => expect(ran).toBe(true));

  it.each([
    ["there", "redis://127.0.0.1", false, { use: "redis://127.0.0.1" }],
    ["there and required", "redis://127.0.0.1", true, { use: "redis://127.0.0.1" }],
    ["missing", undefined, false, { skip: "needs redis, and its URL is not set" }],
    ["set to nothing", "", false, { skip: "needs redis, and its URL is not set" }],
    ["missing but required", undefined, true, { fail: "needs redis, and its URL is not set, but REQUIRE_SERVICES=1 forbids to skip" }],
  ])("that is %s is judged", (_name, url, required, verdict) => {
    expect(judge("redis", url, required)).toEqual(verdict);
  });
});
