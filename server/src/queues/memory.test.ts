import { queueConformance } from "./conformance.testing.ts";
import { createMemoryQueue } from "./memory.ts";

queueConformance("memory", async (log) => createMemoryQueue({ log }));
