import { expect, it, vi } from "vitest";
import { openTraces } from "./traces.ts";

it("a part of OpenTelemetry that cannot be loaded is one line in the log, and the process goes on without traces (L07)", async () => {
  vi.doMock("@opentelemetry/resources", () => {
    throw new Error("no such package");
  });
  const warned: string[] = [];
  const log = { warn: (_fields: unknown, message: string) => void warned.push(message) };
  expect(await openTraces({ endpoint: "http://127.0.0.1:9", role: "api", version: "0", log })).toBeNull();
  expect(warned).toEqual(["traces are off: OpenTelemetry could not be loaded"]);
  vi.doUnmock("@opentelemetry/resources");
});
