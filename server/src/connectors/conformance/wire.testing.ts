/** The wire between a connector and its far side, which can fail at any request: before it arrives, or after it had its effect. For tests only. */
import type { HttpPort, HttpRequest, HttpResult } from "../../core/ports/http.ts";

/** `before`: the far side never sees the request. `after`: it has done what it was asked to, and this is all that comes back. */
export interface WireFault {
  readonly name: string;
  readonly when: "before" | "after";
  readonly result: HttpResult;
}

export interface Wire extends HttpPort {
  /** Every request that the connector has made, oldest first. */
  readonly seen: readonly HttpRequest[];
  /** Lets the fault meet one request that fits: the first such one, or the one after `skip` others. Replaces a fault that met nobody. */
  meet(fault: WireFault, which?: { readonly skip?: number; readonly fits?: (request: HttpRequest) => boolean }): void;
  /** For each request from now on; null: no more. */
  plan(next: ((request: HttpRequest) => WireFault | null) | null): void;
}

export function wireTo(farSide: HttpPort): Wire {
  const seen: HttpRequest[] = [];
  let next: ((request: HttpRequest) => WireFault | null) | null = null;
  return {
    seen,
    meet(fault, { skip = 0, fits = () => true } = {}) {
      let left = skip;
      next = (request) => {
        if (!fits(request) || left-- > 0) return null;
        next = null;
        return fault;
      };
    },
    plan: (planned) => void (next = planned),
    async send(request) {
      seen.push(request);
      const fault = next?.(request) ?? null;
      if (fault?.when !== "before") {
        const result = await farSide.send(request);
        return fault?.result ?? result;
      }
      return fault.result;
    },
  };
}

const json = { "content-type": "application/json" };
const html = { "content-type": "text/html" };
const page = "<!doctype html><title>Error</title><h1>Something went wrong</h1>";

const answer = (status: number, body: string, headers: Readonly<Record<string, string>> = json): HttpResult => ({
  kind: "answer",
  status,
  headers,
  body,
  durationMs: 1,
});
const silence = (reason: string): HttpResult => ({ kind: "unknown", reason, durationMs: 1 });

/** What may happen to one request. Of none of these anybody can tell what the gateway did, but for the first and those in `saysNotSent`. */
export const wireFaults: readonly WireFault[] = [
  { name: "nobody listens", when: "before", result: { kind: "not_sent", reason: "ECONNREFUSED", durationMs: 1 } },
  { name: "a timeout before it arrives", when: "before", result: silence("timeout") },
  { name: "a reset before it arrives", when: "before", result: silence("ECONNRESET") },
  { name: "a proxy's 503 page before it arrives", when: "before", result: answer(503, page, html) },
  { name: "a timeout after its effect", when: "after", result: silence("timeout") },
  { name: "a reset after its effect", when: "after", result: silence("ECONNRESET") },
  { name: "an answer that is cut off", when: "after", result: silence("answer cut off") },
  { name: "an answer that is too long", when: "after", result: silence("answer too large") },
  { name: "a 500 after its effect", when: "after", result: answer(500, '{"error":{"code":"internal","message":"Oops"}}') },
  { name: "a 502 without a body", when: "after", result: answer(502, "") },
  { name: "a 200 with an HTML page", when: "after", result: answer(200, page, html) },
  { name: "a 200 without a body", when: "after", result: answer(200, "") },
  { name: "a 200 with half an object", when: "after", result: answer(200, '{"id":"x","status":"succ') },
  { name: "a 200 with a list", when: "after", result: answer(200, "[]") },
  { name: "a 200 with an empty object", when: "after", result: answer(200, "{}") },
  { name: "a 200 of the wrong types", when: "after", result: answer(200, '{"id":7,"status":[],"amount":"4500","items":{},"data":7}') },
  { name: "a redirect", when: "after", result: answer(302, "", { location: "https://elsewhere.example/" }) },
  { name: "a proxy's 404 page after its effect", when: "after", result: answer(404, page, html) },
  { name: "a proxy's 403 as JSON after its effect", when: "after", result: answer(403, '{"message":"Forbidden"}') },
];

/** 429 with the time to wait. It never arrived. */
export const throttled: WireFault = {
  name: "429",
  when: "before",
  result: answer(429, '{"error":{"code":"rate_limited"}}', { ...json, "retry-after": "1" }),
};

/** The same without a word about time. */
export const throttledWithoutTime: WireFault = { ...throttled, result: answer(429, '{"error":{"code":"rate_limited"}}') };

/** An answer of the gateway's own, in place of the one that it would give. */
export function answering(name: string, { status, body }: { readonly status: number; readonly body: object }): WireFault {
  return { name, when: "before", result: answer(status, JSON.stringify(body)) };
}

/** Repeats what it was sent and what it should never have known, as verbose gateways do. */
export function echoing(request: HttpRequest | undefined, secret: string): WireFault {
  const message = `Refused ${JSON.stringify(request?.body ?? "")} with ${JSON.stringify(request?.headers ?? {})} for ${secret}`;
  return {
    name: "an echo",
    when: "before",
    result: answer(400, JSON.stringify({ error: { code: "bad_request", description: message, message } })),
  };
}
