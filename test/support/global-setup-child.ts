import type { TestProject } from "vitest/node";
import { setup } from "./global-setup.ts";

// A test run reduced to its global setup, for the test that kills it. Prints what it provided, then waits.
const provided: Record<string, unknown> = {};
const project = { provide: (key: string, value: unknown) => (provided[key] = value) } as unknown as TestProject;
await setup(project);
process.stdout.write(`${JSON.stringify(provided)}\n`);
setInterval(() => undefined, 60_000);
