import { vi } from "vitest";

// Journeys start processes and servers, and wait for work of seconds. These bounds end a test that hangs; they expect nothing.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });
