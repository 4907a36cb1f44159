import { vi } from "vitest";

// Journeys start processes and servers, and wait for what takes seconds by itself. These bounds end what hangs; they expect nothing.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });
