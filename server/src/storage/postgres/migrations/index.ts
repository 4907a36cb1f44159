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
import { operator } from "./0012-operator.ts";
import { versions } from "./0013-versions.ts";
import { deadLetters } from "./0014-dead-letters.ts";
import { routing } from "./0015-routing.ts";
import { accounts } from "./0016-accounts.ts";
import { sweeps } from "./0017-sweeps.ts";
import { email } from "./0018-email.ts";
import { checkout } from "./0019-checkout.ts";
import { paymentLinks } from "./0020-payment-links.ts";
import { sessionCustomer } from "./0021-session-customer.ts";
import { adminActions } from "./0022-admin-actions.ts";
import { invariants } from "./0023-invariants.ts";
import { finds } from "./0024-finds.ts";
import { seals } from "./0025-seals.ts";
import { people } from "./0026-people.ts";
import { analytics } from "./0027-analytics.ts";
import { savedViews } from "./0028-saved-views.ts";
import { personActions } from "./0029-person-actions.ts";
import { timeZone } from "./0030-time-zone.ts";
import { archived } from "./0031-archived.ts";
import { resultMarks } from "./0032-result-marks.ts";
import { deadMessages } from "./0033-dead-messages.ts";
import { confirmed } from "./0034-confirmed.ts";
import { rootKeys } from "./0035-root-keys.ts";
import { restores } from "./0036-restores.ts";
import { restoresTakeNothing } from "./0037-restores-take-nothing.ts";
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
  operator,
  versions,
  deadLetters,
  routing,
  accounts,
  sweeps,
  email,
  checkout,
  paymentLinks,
  sessionCustomer,
  adminActions,
  invariants,
  finds,
  seals,
  people,
  analytics,
  savedViews,
  personActions,
  timeZone,
  archived,
  resultMarks,
  deadMessages,
  confirmed,
  rootKeys,
  restores,
  restoresTakeNothing,
];
