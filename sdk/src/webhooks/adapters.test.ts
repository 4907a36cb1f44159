import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { fastify } from "fastify";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it } from "vitest";
import type { WebhookEvent } from "../generated/events.ts";
import { tillwayWebhook as expressWebhook, type ExpressRequest } from "./express.ts";
import { tillwayWebhook as fastifyWebhook } from "./fastify.ts";
import { tillwayWebhook as honoWebhook } from "./hono.ts";
import { tillwayWebhook as nextWebhook } from "./next.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const body = '{"id":"evt_1","object":"event","type":"payment.succeeded","data":{"id":"pay_1"}}';

function signed(text = body, at = new Date()) {
  const headers = { "webhook-id": "evt_1", "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)) };
  return { ...headers, "webhook-signature": new Webhook(secret).sign("evt_1", at, text), "content-type": "application/json" };
}

type OnEvent = (event: WebhookEvent) => unknown;
type Send = (text: string, headers: Record<string, string>) => Promise<Response>;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<Send> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  closers.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
  return (text, headers) => fetch(url, { method: "POST", body: text, headers });
}

function requestOf(text: string, headers: Record<string, string>): Request {
  return new Request("http://shop.example/webhooks", { method: "POST", body: text, headers });
}

/** Each framework: how a request gets to the handler as it should, and with a body that was parsed before. */
const adapters: Record<string, { good: (on: OnEvent) => Promise<Send>; parsed: (on: OnEvent) => Promise<Send> }> = {
  express: {
    good: (on) =>
      serve((request, response) => void expressWebhook({ secret }, on)(request, response, () => void response.writeHead(500).end())),
    parsed: (on) =>
      serve((request, response) => {
        const parts: Buffer[] = [];
        request.on("data", (part: Buffer) => parts.push(part));
        request.on("end", () => {
          const parsed = Object.assign(request, { body: JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown });
          void expressWebhook({ secret }, on)(parsed, response, () => undefined);
        });
      }),
  },
  fastify: {
    good: async (onEvent) => {
      const app = fastify();
      app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => done(null, JSON.parse(text as string)));
      await app.register(fastifyWebhook, { secret, onEvent });
      app.post("/other", (request) => request.body);
      closers.push(() => app.close());
      const other = await app.inject({ method: "POST", url: "/other", headers: { "content-type": "application/json" }, body: '{"a":1}' });
      expect(other.json()).toEqual({ a: 1 });
      return async (text, headers) => {
        const { statusCode, payload } = await app.inject({ method: "POST", url: "/webhooks", headers, body: text });
        return new Response(statusCode === 204 ? null : payload, { status: statusCode });
      };
    },
    parsed: async (onEvent) => {
      const app = fastify();
      await app.register(fastifyWebhook, { secret, onEvent });
      app.addHook("preHandler", (request, _reply, done) => {
        request.body = JSON.parse(String(request.body));
        done();
      });
      closers.push(() => app.close());
      return async (text, headers) => {
        const { statusCode, payload } = await app.inject({ method: "POST", url: "/webhooks", headers, body: text });
        return new Response(payload, { status: statusCode });
      };
    },
  },
  hono: {
    good: async (on) => (text, headers) => honoWebhook({ secret }, on)({ req: { raw: requestOf(text, headers) } }),
    parsed: async (on) => async (text, headers) => {
      const raw = requestOf(text, headers);
      await raw.json();
      return honoWebhook({ secret }, on)({ req: { raw } });
    },
  },
  next: {
    good: async (on) => (text, headers) => nextWebhook({ secret }, on)(requestOf(text, headers)),
    parsed: async (on) => async (text, headers) => {
      const request = requestOf(text, headers);
      await request.json();
      return nextWebhook({ secret }, on)(request);
    },
  },
};

describe.each(Object.entries(adapters))("the adapter for %s", (name, { good, parsed }) => {
  it("hands a proven event over and answers 204", async () => {
    const events: WebhookEvent[] = [];
    const send = await good((event) => events.push(event));
    expect((await send(body, signed())).status).toBe(204);
    expect(events).toEqual([JSON.parse(body)]);
  });

  it("refuses what is tampered with, replayed or unsigned, and hands nothing over", async () => {
    const events: WebhookEvent[] = [];
    const send = await good((event) => events.push(event));
    const cases = [
      [body.replace("pay_1", "pay_2"), signed(), "signature_mismatch"],
      [body, signed(body, new Date(Date.now() - 301_000)), "timestamp_too_old"],
      [body, { "content-type": "application/json" }, "missing_header"],
    ] as const;
    for (const [text, headers, code] of cases) {
      const answer = await send(text, headers);
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code } }]);
    }
    expect(events).toEqual([]);
  });

  it("says what to change if the body was already parsed", async () => {
    const answer = await (await parsed(() => expect.unreachable()))(body, signed());
    expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining("The body was already parsed")]);
  });

  it("leaves an error of the handler to the framework, so that the event comes again", async () => {
    const send = await good(() => Promise.reject(new Error("the database is away")));
    const status = await send(body, signed()).then(
      (answer) => answer.status,
      (error: Error) => error.message,
    );
    expect(status).toBe(name === "hono" || name === "next" ? "the database is away" : 500);
  });

  it("refuses a body that is larger than any event", async () => {
    const send = await good(() => expect.unreachable());
    const answer = await send(`"${"x".repeat(1 << 20)}"`, signed());
    expect(answer.status).toBe(413);
  });
});

it("an adapter without a whole secret is not made", async () => {
  const options = { secret: undefined as unknown as string };
  const on = (): void => undefined;
  for (const make of [() => expressWebhook(options, on), () => honoWebhook(options, on), () => nextWebhook(options, on)])
    expect(make).toThrow("The webhook secret is missing");
  const app = fastify();
  await expect(app.register(fastifyWebhook, { secret: "", onEvent: () => undefined })).rejects.toThrow("The webhook secret is missing");
});

it("the adapter for Express takes the bytes that express.raw() or a platform kept", async () => {
  const kept: Partial<ExpressRequest>[] = [{ body: Buffer.from(body) }, { body }, { body: JSON.parse(body), rawBody: Buffer.from(body) }];
  for (const one of kept) {
    const events: WebhookEvent[] = [];
    const response = { statusCode: 0, setHeader: () => undefined, end: () => undefined };
    const request = { readableDidRead: true, headers: signed(), ...one } as unknown as ExpressRequest;
    await expressWebhook({ secret }, (event) => events.push(event))(request, response);
    expect([response.statusCode, events.length]).toEqual([204, 1]);
  }
});
