/** One suite for every Store, Settings and Reads: what one of them does, the others do. */
import { describe } from "vitest";
import { accountConformance } from "./accounts.testing.ts";
import { actionConformance } from "./actions.testing.ts";
import { arrivalConformance } from "./arrivals.testing.ts";
import { caseConformance } from "./cases.testing.ts";
import { checkoutConformance } from "./checkout.testing.ts";
import { linkConformance } from "./links.testing.ts";
import { claimConformance, type ClaimSize } from "./claim.testing.ts";
import { commitConformance } from "./commit.testing.ts";
import { createConformance } from "./create.testing.ts";
import { deliveryConformance } from "./deliveries.testing.ts";
import { guardConformance } from "./guards.testing.ts";
import { idempotencyConformance } from "./idempotency.testing.ts";
import { leaseConformance } from "./leases.testing.ts";
import { merchantConformance } from "./merchants.testing.ts";
import { letterConformance } from "./letters.testing.ts";
import { mutableConformance } from "./mutable.testing.ts";
import { purgeConformance } from "./purge.testing.ts";
import { queueConformance } from "./queues.testing.ts";
import { readsConformance } from "./reads.testing.ts";
import { keysConformance } from "./keys.testing.ts";
import { routingConformance } from "./routing.testing.ts";
import { emailConformance } from "./emails.testing.ts";
import { settingsConformance } from "./settings.testing.ts";
import { viewConformance } from "./views.testing.ts";
import type { MakeStorage } from "./storage.testing.ts";

/** @param make an empty storage; called once for most questions, once per test for claims and leases */
export function storeConformance(name: string, make: MakeStorage, size: ClaimSize = { crowd: 2_000 }): void {
  describe(`storage: ${name}`, () => {
    createConformance(make);
    commitConformance(make);
    mutableConformance(make);
    guardConformance(make);
    idempotencyConformance(make);
    claimConformance(make, size);
    leaseConformance(make);
    arrivalConformance(make);
    deliveryConformance(make);
    caseConformance(make);
    purgeConformance(make);
    keysConformance(make);
    merchantConformance(make);
    settingsConformance(make);
    emailConformance(make);
    routingConformance(make);
    checkoutConformance(make);
    linkConformance(make);
    accountConformance(make);
    readsConformance(make);
    queueConformance(make);
    letterConformance(make);
    actionConformance(make);
    viewConformance(make);
  });
}
