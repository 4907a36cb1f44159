import { timingSafeEqual } from "node:crypto";
import { isIPv4 } from "node:net";
import type { FastifyRequest } from "fastify";
import { TillwayError } from "../../core/errors.ts";
import type { App } from "../../http/app.ts";
import { errorAnswers } from "../schemas/common.ts";

export interface MetricsDeps {
  readonly page: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Null: only this machine may read. */
  readonly token: string | null;
}

/** The figures of this process, for Prometheus. They name no merchant, and still are nobody else's business. */
export function metricsRoutes(api: App, deps: MetricsDeps | null): void {
  const schema = {
    operationId: "metrics",
    summary: "Figures for Prometheus",
    description:
      "Of this process, and of the work that waits in the database (asked every 5 s at most). Read from this machine, or with `METRICS_TOKEN` as bearer token. docs/operations.md lists them.",
    tags: ["Health"],
    security: [],
    response: {
      200: { description: "The text format of Prometheus.", content: { "text/plain": { schema: { type: "string" } } } },
      ...errorAnswers("public", ["authentication_error"]),
    },
  };
  api.get("/metrics", { schema, config: { alwaysAdmitted: true } }, async (request, reply) => {
    if (deps === null) throw new TillwayError("route_not_found");
    if (!isNear(request) && !hasToken(request, deps.token)) throw new TillwayError("authentication_error", { message: WHO_MAY });
    const { contentType, text } = await deps.page();
    return reply.header("content-type", contentType).send(text);
  });
}

const WHO_MAY = "Metrics are read from this machine, or with the header Authorization: Bearer and the value of METRICS_TOKEN.";

/** A proxy on this machine calls for somebody else, and says so. */
function isNear({ raw, headers }: FastifyRequest): boolean {
  const forwarded = ["forwarded", "x-forwarded-for", "x-real-ip", "via"].some((name) => headers[name] !== undefined);
  const address = (raw.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return !forwarded && (address === "::1" || (isIPv4(address) && address.startsWith("127.")));
}

function hasToken({ headers }: FastifyRequest, token: string | null): boolean {
  const given = /^bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (token === null || given === undefined) return false;
  const [one, other] = [Buffer.from(given), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}
