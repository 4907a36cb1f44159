/** Doubles for the tests of this folder: a receiver on loopback that answers as scripted, a message to send to it, a channel. */
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach } from "vitest";
import type { ChannelMessage } from "../../core/ports/channel.ts";
import { aDelivery, anEndpoint } from "../../core/rows.testing.ts";
import { createWebhookChannel, type WebhookChannel, type WebhookOptions } from "./send.ts";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Connections that were opened to it, ever. */
  connections(): number;
  openSockets(): number;
  /** Ends all connections as a restarting receiver does. */
  cutConnections(): void;
  close(): Promise<void>;
}

export type Behaviour = (response: ServerResponse, request: IncomingMessage, n: number) => void;

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Closes it with the test. */
export function closing<T extends { close(): Promise<void> }>(made: T): T {
  closers.push(() => made.close());
  return made;
}

/** A receiver that is closed with the test. */
export async function receiver(behave: Behaviour, host?: string, port?: number): Promise<Receiver> {
  return closing(await startReceiver(behave, host, port));
}

/** A channel that may call loopback, closed with the test. */
export function channel(options: Partial<WebhookOptions> = {}): WebhookChannel {
  return closing(createWebhookChannel({ allowLoopback: true, version: "1.2.3", ...options }));
}

/** A receiver, on a port that the system chooses if none is given. `behave` is called when the request has been read. */
export async function startReceiver(behave: Behaviour, host = "127.0.0.1", atPort = 0): Promise<Receiver> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) });
      behave(response, request, received.length);
    });
    request.on("error", () => {});
    response.on("error", () => {});
  });
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(atPort, host, resolve));
  const { port } = server.address() as AddressInfo;
  const cutConnections = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    connections: () => connections,
    openSockets: () => sockets.size,
    cutConnections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutConnections();
      }),
  };
}

export function aMessage(
  url: string,
  changes: { readonly now?: number; readonly secret?: string; readonly body?: string } = {},
): ChannelMessage {
  const secret = changes.secret ?? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  return {
    delivery: aDelivery({ tries: 1, eventId: "evt_1" }),
    endpoint: anEndpoint(1, { url, secret }),
    event: {
      id: "evt_1",
      type: "payment.succeeded",
      apiVersion: "2026-11-27",
      body: changes.body ?? '{"id":"pay_1","description":"Zoë ₹"}',
      createdAt: 1_763_640_000_000,
    },
    now: changes.now ?? 1_763_640_000_123,
  };
}
