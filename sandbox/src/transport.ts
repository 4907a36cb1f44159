import type { HttpPort, HttpRequest, HttpResult } from "./ports.ts";
import type { FaultName } from "./faults.ts";
import type { Answering, FarReply } from "./far-side.ts";

/**
 * The way to a far side in the same process: no socket, the same answers, delays, time-outs and broken connections.
 * @param faultFor the fault of a request; undefined: the one of its scenario and of the settings
 */
export function inProcessTransport(farSide: Answering, faultFor?: (request: HttpRequest) => FaultName | undefined): HttpPort {
  const { clock } = farSide;
  return {
    async send(request) {
      const startedAt = clock.now();
      const { notAfter } = request;
      if (notAfter !== null && notAfter !== undefined && startedAt > notAfter)
        return { kind: "not_sent", reason: "too late to send", durationMs: 0 };
      const reply = await farSide.handle(
        { method: request.method, path: pathOf(request.url), headers: request.headers, body: request.body },
        faultFor?.(request),
      );
      const limit = Math.max(0, request.totalTimeoutMs - (clock.now() - startedAt));
      const timesOut = reply.connection === "silent" || reply.delayMs >= request.totalTimeoutMs;
      const waitMs = timesOut ? limit : Math.min(limit, reply.delayMs);
      if (waitMs > 0) await clock.sleep(waitMs);
      return resultOf(request, reply, { timesOut, durationMs: clock.now() - startedAt });
    },
  };
}

function resultOf(request: HttpRequest, reply: FarReply, { timesOut, durationMs }: { timesOut: boolean; durationMs: number }): HttpResult {
  const unknown = (reason: string): HttpResult => ({ kind: "unknown", reason, durationMs });
  if (timesOut) return unknown("timeout");
  if (reply.connection === "reset") return unknown("ECONNRESET");
  if (reply.connection === "cut") return unknown("answer cut off");
  if (reply.body.length > request.maxBytes) return unknown("answer too large");
  return { kind: "answer", status: reply.status, headers: reply.headers, body: reply.body, durationMs };
}

function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  return start === -1 ? "/" : url.slice(start);
}
