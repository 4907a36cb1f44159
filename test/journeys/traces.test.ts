/** Spans for requests and jobs, sent to an OTLP endpoint; without one nothing of OpenTelemetry is loaded. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { openTraces } from "../../server/src/observe/traces.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { closedAfterEach } from "./support/closing.ts";
import { upi, type Json } from "./support/merchant.ts";
import { openStage } from "./support/stage.ts";
import "./support/patience.ts";

const open = closedAfterEach();
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

/** Takes spans as a collector does, or hangs. */
async function collector(hangs = false) {
  const spans: Json[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (hangs) return;
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Json;
      for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans };
}

const attributesOf = (span: Json): Record<string, unknown> =>
  Object.fromEntries(span.attributes.map(({ key, value }: Json) => [key, value.stringValue ?? value.intValue]));

it("a request and the job that it made are spans of the caller's trace", async () => {
  const { url, spans } = await collector();
  const stage = await openStage(databaseServers()[0]!.url, { OTEL_EXPORTER_OTLP_ENDPOINT: url });
  open.push(stage.close);
  const { created, client } = await stage.merchant();
  const answer = await fetch(`${stage.url}/v1/payments`, {
    method: "POST",
    headers: {
      "x-api-key": created.key,
      "x-api-secret": created.secret,
      "content-type": "application/json",
      traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
    },
    body: JSON.stringify(upi("success")),
  });
  const { id } = (await answer.json()) as Json;
  await client.until(id, "succeeded");
  const named = (name: string) => spans.find((span) => span.name === name && span.traceId === TRACE);
  await waitFor("both spans", () => named("POST /v1/payments") && named("job charge"));
  const request = named("POST /v1/payments");
  expect(request.parentSpanId).toBe("00f067aa0ba902b7");
  expect(attributesOf(request)).toMatchObject({
    "http.response.status_code": 201,
    "tillway.payment_id": id,
    "tillway.request_id": answer.headers.get("request-id"),
  });
  expect(attributesOf(named("job charge"))).toMatchObject({ "tillway.payment_id": id, "tillway.outcome": "done" });
  expect(JSON.stringify(spans)).not.toContain(created.secret);
});

it("a collector that hangs, or is away, holds up neither requests nor the end", async () => {
  for (const endpoint of [(await collector(true)).url, "http://127.0.0.1:9"]) {
    const traces = await openTraces({ endpoint, role: "api", version: "0", log: { warn: () => undefined } });
    for (let n = 0; n < 5_000; n++) traces!.request({ name: "GET /", ms: 1, attributes: {}, traceparent: null });
    const from = performance.now();
    await traces!.close();
    expect(performance.now() - from).toBeLessThan(10_000);
  }
});
