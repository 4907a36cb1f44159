import { first } from "./0001-first.ts";
import { refunds } from "./0002-refunds.ts";
import { endpoints } from "./0003-endpoints.ts";
import { requests } from "./0004-requests.ts";
import { testClock } from "./0005-test-clock.ts";
import { breaker } from "./0006-breaker.ts";
import { committed } from "./0007-committed.ts";
import { orders } from "./0008-orders.ts";
import { keys } from "./0009-keys.ts";
import { cases } from "./0010-cases.ts";
import { timeline } from "./0011-timeline.ts";
import type { Migration } from "./migration.ts";

/** In the order they are applied. Append only. */
export const migrations: readonly Migration[] = [
  first,
  refunds,
  endpoints,
  requests,
  testClock,
  breaker,
  committed,
  orders,
  keys,
  cases,
  timeline,
];
