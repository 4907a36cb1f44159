/** One suite for every Store, Settings and Reads: what one of them does, the others do. */
import { describe } from "vitest";
import { arrivalConformance } from "./arrivals.ts";
import { claimConformance, type ClaimSize } from "./claim.ts";
import { commitConformance } from "./commit.ts";
import { createConformance } from "./create.ts";
import { deliveryConformance } from "./deliveries.ts";
import { guardConformance } from "./guards.ts";
import { idempotencyConformance } from "./idempotency.ts";
import { leaseConformance } from "./leases.ts";
import { purgeConformance } from "./purge.ts";
import { readsConformance } from "./reads.ts";
import { settingsConformance } from "./settings.ts";
import type { MakeStorage } from "./storage.ts";

/** @param make an empty storage; called once for most questions, once per test for claims and leases */
export function storeConformance(name: string, make: MakeStorage, size: ClaimSize = { crowd: 2_000 }): void {
  describe(`storage: ${name}`, () => {
    createConformance(make);
    commitConformance(make);
    guardConformance(make);
    idempotencyConformance(make);
    claimConformance(make, size);
    leaseConformance(make);
    arrivalConformance(make);
    deliveryConformance(make);
    purgeConformance(make);
    settingsConformance(make);
    readsConformance(make);
  });
}
