/** Servers on loopback that answer as scripted, and an adapter to call them with; all are closed with the test. */
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { connect, createServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { afterEach } from "vitest";
import type { HttpRequest } from "../core/ports/http.ts";
import { createHttp, type HttpAdapter, type HttpOptions } from "./http.ts";

export const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

export function adapter(options?: HttpOptions): HttpAdapter {
  const http = createHttp(options);
  closers.push(() => http.close());
  return http;
}

export async function listen(server: NetServer | Server, host = "127.0.0.1"): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

export const serve = (listener: RequestListener): Promise<number> => listen(createHttpServer(listener));
export const post = (port: number, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "POST",
  url: `http://127.0.0.1:${port}/path?x=1`,
  headers: { "content-type": "application/json" },
  body: '{"a":1}',
  connectTimeoutMs: 2_000,
  totalTimeoutMs: 5_000,
  maxBytes: 1_000,
  ...more,
});
/** Reads a request's head and body from a raw socket, counts it, and does this. */
export const rawServer = (seen: string[], onRequest: (socket: Socket, n: number) => void): Promise<number> =>
  listen(
    createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        seen.push(chunk.toString());
        if (chunk.toString().includes("HTTP/1.1")) onRequest(socket, seen.length);
      });
    }),
  );
/** Listens, and takes no connection until it is released: its thread stands still and its queue is full, so the system drops what comes. */
export async function fullListener(host: string, port: number): Promise<{ port: number; accept: () => void }> {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(FULL_LISTENER, { eval: true, workerData: { host, port, flag } });
  const listening = await new Promise<number>((resolve) => worker.once("message", resolve));
  const queue: Socket[] = [];
  for (let isFull = false; !isFull;) {
    const socket = connect({ host, port: listening }).on("error", () => undefined);
    queue.push(socket);
    isFull = await Promise.race([once(socket, "connect").then(() => false), new Promise<true>((full) => setTimeout(full, 150, true))]);
  }
  const accept = (): void => {
    for (const socket of queue) socket.destroy();
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  };
  closers.push(async () => {
    accept();
    await worker.terminate();
  });
  return { port: listening, accept };
}
const FULL_LISTENER = `
  const { workerData, parentPort } = require("node:worker_threads");
  const answer = "HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok";
  const server = require("node:net").createServer((socket) => socket.on("error", () => {}).on("data", () => socket.write(answer)));
  server.listen({ host: workerData.host, port: workerData.port, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(workerData.flag, 0, 0));
  });
`;
export const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
