/** The two ledgers outside the program: the client's answers, and the events at the merchant's receiver. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait-for.ts";
import { Client } from "./client.mjs";
import { startReceiver } from "./receiver.mjs";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Request {
  readonly key: string;
  readonly secret: string;
  readonly body: { readonly amount: number; readonly confirm?: boolean; readonly upi: { readonly vpa: string } };
}
type Answer = { readonly status: number; readonly body: unknown } | "hang up";

/** An API that answers the n-th request of a key as a test wants, and notes each. */
async function api(answer: (request: Request, n: number) => Answer): Promise<{ port: number; requests: Request[] }> {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const noted = {
        key: String(request.headers["idempotency-key"]),
        secret: String(request.headers["x-api-secret"]),
        body: JSON.parse(body),
      };
      requests.push(noted);
      const chosen = answer(noted, requests.filter(({ key }) => key === noted.key).length);
      if (chosen === "hang up") return request.socket.destroy();
      return response.writeHead(chosen.status).end(JSON.stringify(chosen.body));
    });
  });
  return { port: await listen(server), requests };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** A client that creates until a test has seen enough. `random` decides scenario, confirm, pause and whether it asks again. */
async function until(
  port: number,
  enough: (client: Client) => boolean,
  given: { random?: number; patienceMs?: number } = {},
): Promise<Client> {
  const { random = 0.5, patienceMs } = given;
  const keys = { key: "pk_test_1", secret: "sk_test_1" };
  const client = new Client({ ports: [port], keys, random: () => random, perSecond: 200, patienceMs, pauseMs: 1 }).start();
  await waitFor("the client to have seen enough", () => enough(client));
  await client.stop();
  return client;
}

describe("a client", () => {
  it("notes the payment of each key, whether it was created or declined", async () => {
    const { port, requests } = await api(({ key }, _n) =>
      key === "crash-0" ? { status: 402, body: { error: { payment_id: "pay_0" } } } : { status: 201, body: { id: `pay_${key}` } },
    );
    const client = await until(port, ({ ledger }) => ledger.size >= 3);
    expect(client.ledger.get("crash-0").id).toBe("pay_0");
    expect(client.ledger.get("crash-1")).toMatchObject({ id: "pay_crash-1", amount: 101 });
    expect(requests[0]).toMatchObject({
      key: "crash-0",
      secret: "sk_test_1",
      body: { amount: 100, upi: { vpa: "insufficient-funds@sandbox" } },
    });
    expect([client.contradictions, client.refused, client.unanswered, client.retries]).toEqual([[], [], [], 0]);
  });

  it.each<[string, Answer]>([
    ["hangs up", "hang up"],
    ["answers 503", { status: 503, body: {} }],
    ["answers that the key is in progress", { status: 409, body: {} }],
  ])("repeats with the same key and body while the API %s", async (_, first) => {
    const { port, requests } = await api((_request, n) => (n <= 2 ? first : { status: 201, body: { id: "pay_1" } }));
    const client = await until(port, ({ ledger }) => ledger.has("crash-0"));
    const mine = requests.filter(({ key }) => key === "crash-0");
    expect(mine.length).toBe(3);
    expect(new Set(mine.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(client.retries).toBeGreaterThanOrEqual(2);
  });

  it("asks again with one key in ten, and reports an answer that names another payment", async () => {
    const { port } = await api(({ key }, n) => ({ status: 201, body: { id: `pay_${key}_${key === "crash-1" ? n : 1}` } }));
    const client = await until(port, ({ contradictions, ledger }) => contradictions.length > 0 && ledger.size > 2, { random: 0.05 });
    expect(client.contradictions).toEqual(["crash-1: answered pay_crash-1_1 and pay_crash-1_2"]);
  });

  it("counts a refusal as a fault, since its requests are right", async () => {
    const { port } = await api(({ key }) =>
      key === "crash-0" ? { status: 422, body: { error: "other body" } } : { status: 201, body: { id: key } },
    );
    const client = await until(port, ({ refused }) => refused.length > 0);
    expect(client.refused).toEqual(['crash-0: 422 {"error":"other body"}']);
    expect(client.ledger.has("crash-0")).toBe(false);
  });

  it("names the keys that were never answered when its patience ends", async () => {
    const { port } = await api(() => "hang up");
    const client = await until(port, ({ unanswered }) => unanswered.includes("crash-0"), { patienceMs: 50 });
    expect([client.ledger.size, client.contradictions, client.refused]).toEqual([0, [], []]);
  });
});

describe("a receiver", () => {
  async function post(url: string, body: string, signature: string): Promise<number> {
    return (await fetch(url, { method: "POST", body, headers: { "x-webhook-signature": signature } })).status;
  }

  it("notes the types of each payment's events, and refuses what is not signed with its secret", async () => {
    const receiver = await startReceiver();
    closing.push(receiver.close);
    receiver.state.secret = "whsec_1";
    const sign = (body: string, secret: string) => createHmac("sha256", secret).update(body).digest("hex");
    for (const type of ["payment.authorized", "payment.succeeded", "payment.succeeded"]) {
      const body = JSON.stringify({ type, data: { id: "pay_1" } });
      expect(await post(receiver.url, body, sign(body, "whsec_1"))).toBe(200);
    }
    const forged = JSON.stringify({ type: "payment.failed", data: { id: "pay_1" } });
    expect(await post(receiver.url, forged, sign(forged, "whsec_2"))).toBe(401);
    expect([...receiver.events.get("pay_1")!]).toEqual(["payment.authorized", "payment.succeeded"]);
    expect(receiver.state).toMatchObject({ forged: 1, received: 3 });
  });
});
