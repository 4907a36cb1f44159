import type { HttpPort, HttpRequest, HttpResult } from "../core/ports/http.ts";
import { effects, type FarReply, type FaultName } from "@tillway/sandbox";
import { cross, drawFault, type Fault, type Life, type Machinery } from "./process.ts";
import { tally } from "./counts.ts";
import { LATE_ARRIVAL_MAX_MS, SLOWEST_WAY_MS } from "./swarm.ts";

export interface GatewaySide {
  readonly machinery: Machinery;
  readonly down: () => boolean;
  readonly farSide: { serve(request: HttpRequest, fault: FaultName | undefined): FarReply };
}

const FAR_FAULTS = (Object.keys(effects) as FaultName[]).filter((name) => name !== "none");

/** HTTP to the gateway: requests that never leave, never arrive, arrive after their caller gave up; answers that are lost. */
export function httpAcross(side: GatewaySide, life: Life): HttpPort {
  return { send: (request) => sendOne(side, life, request) };
}

function sendOne(side: GatewaySide, life: Life, request: HttpRequest): Promise<HttpResult> {
  const { machinery } = side;
  const { draw, kernel, counts } = machinery;
  const rates = machinery.rates().http;
  const startedAt = kernel.now;
  const tooLate = life.clock.now() > (request.notAfter ?? Infinity);
  if (tooLate) return Promise.resolve({ kind: "not_sent", reason: "too late to be sent", durationMs: 0 });
  const fault = side.down() ? draw.pick(["before", "lost"] as const) : draw.hit(rates.refused) ? "before" : drawFault(draw, rates);
  const breaks = (fault === "lost" || fault === "lostReply") && draw.hit(rates.reset);
  const farFault = draw.hit(rates.farSide) ? draw.pick(FAR_FAULTS) : undefined;
  const latencyMs: [number, number] = [draw.skewed(5, SLOWEST_WAY_MS), draw.skewed(5, SLOWEST_WAY_MS)];
  if (farFault) tally(counts.faults, `gateway:${farFault}`);
  let extraMs = 0;
  return cross<HttpResult>(machinery, life, {
    name: `http.${request.method}`,
    effect: () => {
      const reply = side.farSide.serve(request, farFault);
      const heard = hear(request, reply, latencyMs);
      extraMs = heard.extraMs;
      const operation = request.url
        .split("/")
        .slice(3)
        .join("/")
        .replace(/[a-z0-9]{28}/g, (key) => key.slice(0, 4));
      kernel.trace.add(
        kernel.now,
        `${life.name}   ${operation}${farFault ? ` (${farFault})` : ""} ⇒ ${heard.result.kind} ${statusIn(reply)}`,
      );
      return { ...heard.result, durationMs: kernel.now - startedAt + latencyMs[1] + extraMs };
    },
    fault,
    latencyMs,
    timeoutMs: breaks ? latencyMs[0] + 50 : request.totalTimeoutMs,
    lateMs: draw.int(0, LATE_ARRIVAL_MAX_MS),
    extraMs: () => extraMs,
    failure: (kind) => Promise.resolve(failed(kind, { breaks, durationMs: kernel.now - startedAt })),
  });
}

/** How the reply reaches the caller, and how much later than the network alone would take. */
function hear(request: HttpRequest, reply: FarReply, [there, back]: readonly [number, number]): { result: HttpResult; extraMs: number } {
  const left = request.totalTimeoutMs - there - back;
  const unknown = (reason: string, extraMs: number) => ({
    result: { kind: "unknown", reason, durationMs: 0 } as const,
    extraMs: Math.max(0, extraMs),
  });
  if (reply.connection === "silent" || reply.delayMs >= left) return unknown("timeout", left);
  if (reply.connection === "reset") return unknown("ECONNRESET", reply.delayMs);
  if (reply.connection === "cut") return unknown("answer cut off", reply.delayMs);
  return {
    result: { kind: "answer", status: reply.status, headers: reply.headers, body: reply.body, durationMs: 0 },
    extraMs: reply.delayMs,
  };
}

function failed(fault: Exclude<Fault, null>, given: { breaks: boolean; durationMs: number }): HttpResult {
  if (fault === "before") return { kind: "not_sent", reason: "ECONNREFUSED", durationMs: given.durationMs };
  return { kind: "unknown", reason: given.breaks ? "ECONNRESET" : "timeout", durationMs: given.durationMs };
}

/** For the trace. */
function statusIn({ status, body }: FarReply): string {
  const said = /"(?:status|code)":"([a-z_]+)"/.exec(body);
  return `${status} ${said?.[1] ?? ""}`;
}
