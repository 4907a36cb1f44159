/** One suite for every Store, Settings and Reads: what one of them does, the others do. */
import { describe } from "vitest";
import { createConformance } from "./create.ts";
import type { MakeStorage } from "./storage.ts";

export type { MakeStorage, Storage } from "./storage.ts";

export function storeConformance(name: string, make: MakeStorage): void {
  describe(`storage: ${name}`, () => {
    createConformance(make);
  });
}
