import type { Job, JobKind } from "../../core/model.ts";
import { askGateway } from "../ask.ts";
import { runAttempt } from "../attempt.ts";
import { sendDelivery } from "../deliveries/send.ts";
import { sendEmail } from "../deliveries/email.ts";
import type { Deps } from "../deps.ts";
import { applyGatewayEvent } from "../gateway-events/apply.ts";
import { sendPersonEmail } from "../people/email.ts";
import { expirePayment } from "../upkeep/expire.ts";
import { sweepAccount } from "../upkeep/sweep.ts";
import type { Handled } from "./handled.ts";

/** Job kind → flow. A kind that is not here (a newer version wrote it) is left to the processes that know it. */
export const handlers: Readonly<Record<JobKind, (deps: Deps, job: Job) => Promise<Handled>>> = {
  charge: runAttempt,
  capture: runAttempt,
  void: runAttempt,
  refund: runAttempt,
  ask: askGateway,
  expire: expirePayment,
  "gateway-event": applyGatewayEvent,
  webhook: sendDelivery,
  email: sendEmail,
  sweep: sweepAccount,
  "person-email": sendPersonEmail,
};
