import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { freePort } from "./ports.ts";

it("a port is given once in a test run, though nobody listens at it yet", async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, () => freePort()));
  expect(new Set(ports).size).toBe(200);
  for (const port of ports) expect(() => writeFileSync(join(inject("portsDirectory"), String(port)), "", { flag: "wx" })).toThrow("EEXIST");
});
