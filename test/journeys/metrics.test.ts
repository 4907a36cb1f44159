/** `/metrics` after payments, webhooks and refusals: the figures are there, and only those who may read them do. */
import { describe, expect, it } from "vitest";
import { databaseServers, sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { closedAfterEach } from "./support/closing.ts";
import { card } from "./support/merchant.ts";
import { freePort } from "./support/ports.ts";
import { launch } from "./support/program.ts";
import { startReceiver } from "./support/receiver.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const open = closedAfterEach();
const TOKEN = "a-token-of-enough-characters";

async function stageOf(serverUrl: string, environment: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const stage = await openStage(serverUrl, environment);
  open.push(stage.close);
  return stage;
}

const read = async (stage: Stage, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${stage.url}/metrics`, { headers });
  return { status: answer.status, type: answer.headers.get("content-type"), text: await answer.text() };
};

describe.each(sampledServers())("the figures on $name", ({ url }) => {
  it("show a success, a decline, a webhook, the jobs and the requests, and no label without a value (L03)", async () => {
    const stage = await stageOf(url);
    const receiver = await startReceiver((response) => response.writeHead(204).end());
    open.push(() => receiver.close());
    const { client } = await stage.merchant(receiver.url);
    const good = await client.create(card("4111111111111111"));
    await client.until(good.json.id, "succeeded");
    const bad = await client.create(card("4000000000000002"));
    await client.until(bad.json.id, "failed");
    await client.create({ amount: -1 });
    let page = await read(stage);
    await waitFor("both webhooks to be counted", async () => {
      page = await read(stage);
      return page.text.includes('tillway_deliveries_total{result="succeeded"} 2');
    });
    expect([page.status, page.type]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    for (const line of [
      'tillway_payments_total{mode="test",outcome="created"} 2',
      'tillway_payments_total{mode="test",outcome="succeeded"} 1',
      'tillway_payments_total{mode="test",outcome="failed"} 1',
      'tillway_attempts_total{connector="sandbox",operation="charge",outcome="declined"} 1',
      'tillway_webhook_tries_total{result="2xx"} 2',
      'tillway_job_seconds_count{kind="charge",outcome="done"} 2',
      'tillway_http_request_seconds_count{method="POST",route="/v1/payments",status="2xx"} 2',
      'tillway_http_request_seconds_count{method="POST",route="/v1/payments",status="4xx"} 1',
      'tillway_queue_due_jobs{queue="payment-queue"} 0',
      'tillway_cases_open{kind="unknown_outcome"} 0',
      "tillway_dead_jobs 0",
      "tillway_database_up 1",
    ])
      expect(page.text.split("\n")).toContain(line);
    for (const name of ["tillway_queue_oldest_due_seconds", "tillway_database_oldest_snapshot_seconds", "nodejs_eventloop_lag_p99_seconds"])
      expect(page.text).toContain(`\n${name}`);
    expect(page.text).toMatch(/tillway_database_connections\{pool="hot",state="open"\} [1-9]/);
    expect(page.text).not.toMatch(/undefined|"null"|""/);
    expect(page.text).not.toMatch(/pay_|mer_|req_/);
  });
});

describe("who may read the figures", () => {
  const { url } = databaseServers()[0]!;

  it("this machine, but no proxy on it without the token", async () => {
    const stage = await stageOf(url, { METRICS_TOKEN: TOKEN });
    const forwarded = { "x-forwarded-for": "198.51.100.7" };
    expect((await read(stage)).status).toBe(200);
    expect((await read(stage, { ...forwarded, authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    const refused = await read(stage, { ...forwarded, authorization: `Bearer ${TOKEN}x` });
    expect(refused.status).toBe(401);
    expect(refused.text).not.toContain("tillway_");
    expect((await read(stage, forwarded)).status).toBe(401);
  });

  it("of a worker: they have a listener of their own, with its health and nothing else on it", async () => {
    const stage = await stageOf(url);
    const port = await freePort();
    const worker = launch(["worker"], {
      DATABASE_URL: stage.databaseUrl,
      TILLWAY_MASTER_KEY: "07".repeat(32),
      SANDBOX_URL: stage.sandboxUrl,
      METRICS_PORT: String(port),
    });
    open.push(() => worker.stop());
    await worker.printed(/the worker works/);
    const page = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(await page.text()).toContain("tillway_job_seconds");
    expect(await (await fetch(`http://127.0.0.1:${port}/health/live`)).json()).toMatchObject({ status: "ok" });
    const readiness = async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).json();
    await expect.poll(readiness, { timeout: 60_000 }).toMatchObject({ status: "ready", checks: { worker: { status: "ok" } } });
    expect((await fetch(`http://127.0.0.1:${port}/v1/payments`)).status).toBe(404);
  });
});
