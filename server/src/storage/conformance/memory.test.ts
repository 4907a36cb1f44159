import { memoryStorage } from "../memory/index.ts";
import { storeConformance } from "./index.testing.ts";

storeConformance("memory", async () => ({ ...memoryStorage(), close: async () => undefined }));
