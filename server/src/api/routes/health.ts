import { Type } from "typebox";
import type { App } from "../../http/app.ts";
import { sendText } from "../caller.ts";
import type { ApiDeps, Health } from "../deps.ts";
import { component, shows } from "../schemas/common.ts";

/** Longer than any healthy check takes, shorter than load balancers wait. */
export const HEALTH_WAIT_MS = 2_000;

const notHttp = shows("Error", "`invalid_field`: this is not a valid HTTP request.");

/** `live`: the process runs. `ready`: the parts that it needs are there, so it can take requests. */
export function healthRoutes(api: App, deps: ApiDeps): void {
  const config = { alwaysAdmitted: true };
  const live = {
    operationId: "live",
    summary: "Is the process alive?",
    description: "Looks at nothing else.",
    tags: ["Health"],
    security: [],
    response: { 200: shows("Live", "Alive."), 400: notHttp },
  };
  api.get("/health/live", { schema: live, config }, (_request, reply) => {
    sendText(reply, 200, JSON.stringify({ status: "ok", version: deps.version }));
  });
  const ready = {
    operationId: "ready",
    summary: "Can it do its work?",
    description:
      "503 while this process cannot take requests. A worker, gateway or audit store that is away is shown in `checks`, and the API stays ready: payments are taken on and wait. `checks.cases.open` counts the cases that a person must look at, up to 1000. Looked at once a second at most.",
    tags: ["Health"],
    security: [],
    response: { 200: shows("Ready", "Ready."), 503: shows("Ready", "Not ready."), 400: notHttp },
  };
  api.get("/health/ready", { schema: ready, config }, async (_request, reply) => {
    const { ok, checks } = await askHealth(deps);
    return sendText(reply, ok ? 200 : 503, JSON.stringify({ status: ok ? "ready" : "not_ready", version: deps.version, checks }));
  });
}

/** A check that fails or hangs is an answer too: not ready. */
async function askHealth(deps: ApiDeps): Promise<Health> {
  const answered = new AbortController();
  const late = deps.flows.clock.sleep(HEALTH_WAIT_MS, answered.signal).then(() => notReady("no answer in time"));
  const health = deps.health().catch(() => notReady("the check failed"));
  try {
    return await Promise.race([health, late]);
  } finally {
    answered.abort();
  }
}

function notReady(reason: string): Health {
  return { ok: false, checks: { health: { ok: false, reason } } };
}

export const liveSchema = component("Live", { status: Type.Literal("ok"), version: Type.String() });

export const readySchema = component("Ready", {
  status: Type.Enum(["ready", "not_ready"]),
  version: Type.String(),
  checks: Type.Record(Type.String(), Type.Unknown()),
});
