/** One line for each request and each run of a job, with the ids by which they are found again, across API, worker and gateway. */
import { expect, it } from "vitest";
import { mockSettings } from "../../sandbox/src/gateway/settings.testing.ts";
import { inProcessTransport, startSandbox } from "../../sandbox/src/index.ts";
import { readConfig } from "../../server/src/config.ts";
import { sandboxAccount } from "../../server/src/connectors/sandbox/index.ts";
import type { HttpPort, HttpRequest } from "../../server/src/core/ports/http.ts";
import { createMerchant } from "../../server/src/flows/setup/merchant.ts";
import { createLog } from "../../server/src/observe/log.ts";
import { machineClock } from "../../server/src/system/clock.ts";
import { wire } from "../../server/src/wire.ts";
import { startWorker } from "../../server/src/worker/worker.ts";
import { databaseServers } from "../support/databases.ts";
import { migratedDatabase } from "../support/migrated-database.ts";
import { waitFor } from "../support/wait-for.ts";
import { closedAfterEach } from "./support/closing.ts";
import "./support/patience.ts";

const open = closedAfterEach();
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;

/** A Tillway whose requests to the gateway are seen. */
async function opened() {
  const database = await migratedDatabase(databaseServers()[0]!.url);
  open.push(() => database.drop());
  const far = inProcessTransport(await startSandbox({ settings: mockSettings(), clock: machineClock(), http: null, journalPath: null }));
  const sent: HttpRequest[] = [];
  const sandbox: HttpPort = { send: (request) => (sent.push(request), far.send(request)) };
  const lines: string[] = [];
  const log = createLog({ level: "info", destination: { write: (line) => void lines.push(line) } });
  const config = readConfig({}, "all");
  const parts = await wire({ config, role: "all", databaseUrl: database.url, masterKey: Buffer.alloc(32, 7), log, version: "0", sandbox });
  open.push(() => parts.close());
  const app = parts.app();
  open.push(() => app.close());
  const worker = startWorker(parts.deps);
  open.push(() => worker.stop());
  const { merchantId, key, secret } = await createMerchant(parts.deps, { name: "Shop", email: "shop@merchant.example" }, sandboxAccount);
  const ask = (method: "GET" | "POST", url: string, payload?: object, more: Record<string, string> = {}) =>
    app.inject({ method, url, payload, headers: { "x-api-key": key, "x-api-secret": secret, ...more } });
  const found = (msg: string) => lines.map((line) => JSON.parse(line)).filter((line) => line.msg === msg);
  return { merchantId, ask, found, sent };
}

const upi = { amount: 100, currency: "INR", method: "upi", upi: { vpa: "success@sandbox" } };

it("a trace goes from the request to the job and on to the gateway, also for what is asked of the payment later", async () => {
  const { merchantId, ask, found, sent } = await opened();
  const created = await ask("POST", "/v1/payments", upi, { traceparent });
  const { id } = created.json<{ id: string }>();
  await waitFor("the payment to succeed", async () => (await ask("GET", `/v1/payments/${id}`)).json().status === "succeeded");
  const other = traceparent.replaceAll("4b", "5c");
  await ask("POST", "/v1/refunds", { payment_id: id, amount: 40 }, { traceparent: other });
  await waitFor("the refund's job", () => found("job").some((line) => line.kind === "refund"));
  const requestId = created.headers["request-id"];
  const request = { method: "POST", route: "/v1/payments", status: 201, merchant_id: merchantId, key_id: expect.stringMatching(/^key_/) };
  expect(found("request")).toContainEqual(expect.objectContaining({ ...request, request_id: requestId, payment_id: id, trace_id: TRACE }));
  const job = { kind: "charge", subject: id, payment_id: id, tries: 1, outcome: "done", duration_ms: expect.any(Number), trace_id: TRACE };
  expect(found("job")).toContainEqual(expect.objectContaining(job));
  expect(found("job")).toContainEqual(expect.objectContaining({ kind: "refund", trace_id: other.slice(3, 35) }));
  const calls = sent.filter((call) => call.method === "POST" && !call.url.includes("/accounts/"));
  expect(calls.map((call) => [call.url.split("/").at(-1), call.headers["traceparent"]])).toEqual([
    ["charges", traceparent],
    ["refunds", other],
  ]);
});

it("a refusal says why, and what is no trace context or looks like a card is left out", async () => {
  const { ask, found, sent } = await opened();
  const broken = ["00-zz", "00-4242424242424242aaaaaaaaaaaaaaaa-00f067aa0ba902b7-01", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`];
  for (const header of broken) await ask("POST", "/v1/payments", { ...upi, amount: 0 }, { traceparent: header });
  const refused = found("request").filter((line) => line.status === 400);
  expect(refused).toHaveLength(3);
  for (const line of refused) {
    expect(line).toMatchObject({ error_code: "invalid_amount" });
    expect(line).not.toHaveProperty("trace_id");
  }
  await ask("POST", "/v1/payments", upi, { traceparent: broken[1]! });
  await waitFor("the charge", () => sent.some((call) => call.url.endsWith("/charges")));
  expect(JSON.stringify(sent)).not.toContain("4242424242424242");
});
