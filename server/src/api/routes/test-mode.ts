/** Routes for tests: they exist in test mode only, where no key can charge a real card. */
import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import type { Faults, JobCounts } from "../../core/ports/test-mode.ts";
import { iso } from "../../core/represent.ts";
import { trigger, triggeredTypes } from "../../flows/test/trigger.ts";
import type { App } from "../../http/app.ts";
import { callerOf, sendText } from "../caller.ts";
import type { ApiDeps, TestTools } from "../deps.ts";
import { nullable, strict } from "../schemas/common.ts";

const tags = ["Tests"];
/** A test that looks further has left what a payment can see. */
const ADVANCE_MAX_S = 366 * 86_400;
const TOO_FAR = "The clock goes forward by ten years at most, all requests together. Use a database of its own.";

export function testRoutes(api: App, deps: ApiDeps, tools: TestTools): void {
  jobsRoute(api, deps, tools);
  advanceRoute(api, tools);
  const eventBody = strict({ type: Type.Enum(triggeredTypes, { description: "The type of the event." }) });
  const events = { operationId: "triggerTestEvent", summary: "Make an event happen", tags, body: eventBody };
  api.post("/v1/test/events", { onRequest: api.guard("payments.write"), schema: events }, async (request, reply) => {
    const { type } = request.body;
    const { paymentId } = await trigger(deps.flows, callerOf(deps, request), type);
    return sendText(reply, 200, JSON.stringify({ object: "test_event", type, payment_id: paymentId }));
  });
  const faultsBody = strict({
    flaky: Type.Optional(
      nullable(
        strict({
          kind: Type.String({ maxLength: 40 }),
          rate: Type.Number({ minimum: 0, maximum: 1 }),
          seed: Type.Optional(Type.String({ maxLength: 64 })),
        }),
      ),
    ),
    mock: Type.Optional(nullable(Type.String({ maxLength: 40 }))),
  });
  const faults = { operationId: "setTestFaults", summary: "Let the sandbox fail on purpose", tags, body: faultsBody };
  api.post("/v1/test/faults", { onRequest: api.guard("payments.write"), schema: faults }, async (request, reply) => {
    const { flaky = null, mock = null } = request.body;
    const wanted: Faults = { flaky: flaky && { seed: "", ...flaky }, mock };
    await tools.setFaults(wanted).catch((error: unknown) => {
      throw new TillwayError("invalid_field", {
        message: `${String((error as Error).message)}. docs/test-scenarios.md names faults and scenarios.`,
      });
    });
    return sendText(reply, 200, JSON.stringify({ object: "test_faults", ...wanted }));
  });
}

/** Open to all, as health is: figures only. */
function jobsRoute(api: App, deps: ApiDeps, tools: TestTools): void {
  const schema = { operationId: "testJobs", summary: "Jobs by state, and the worker's", tags, security: [] };
  api.get("/v1/test/jobs", { schema }, async (_request, reply) => {
    const [queues, health] = await Promise.all([tools.jobs(), deps.health()]);
    const sum = (state: keyof JobCounts) => Object.values(queues).reduce((all, counts) => all + counts[state], 0);
    const { status } = (health.checks["worker"] ?? {}) as { readonly status?: string };
    const counts = { pending: sum("pending"), processing: sum("processing"), completed: sum("completed"), failed: sum("failed") };
    const worker = status === "ok" ? "running" : "stopped";
    return sendText(reply, 200, JSON.stringify({ object: "test_jobs", ...counts, worker_status: worker, queues }));
  });
}

function advanceRoute(api: App, tools: TestTools): void {
  const body = strict({ seconds: Type.Integer({ minimum: 1, maximum: ADVANCE_MAX_S, description: "How far the clock goes forward." }) });
  const schema = { operationId: "advanceTestClock", summary: "Let time pass", tags, body };
  api.post("/v1/test/clock/advance", { onRequest: api.guard("payments.write"), schema }, async (request, reply) => {
    const moved = await tools.advance(request.body.seconds * 1_000);
    if (moved === null) throw new TillwayError("invalid_field", { param: "seconds", message: TOO_FAR });
    const { now, aheadMs } = moved;
    return sendText(reply, 200, JSON.stringify({ object: "test_clock", now: iso(now), ahead_seconds: Math.round(aheadMs / 1_000) }));
  });
}
