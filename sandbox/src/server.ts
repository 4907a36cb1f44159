/** A far side behind real HTTP: `tillway gateway sandbox --port`. */
import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { BlockList, isIPv6, type AddressInfo, type Socket } from "node:net";
import { answer, type Answering, FAR_SIDE_BODY_MAX, type FarReply, type FarRequest } from "./far-side.ts";

export interface GatewayServer {
  readonly port: number;
  /** Breaks requests under way, as a dying gateway does. The far side itself stays open. */
  close(): Promise<void>;
}

/** A request must be there within this time. */
const REQUEST_WITHIN_MS = 30_000;
/** A caller who still sends gets this long to read its answer: a connection that is closed at once may lose it (RFC 9112, 9.6). */
const LINGER_MS = 1_000;
/** A caller without a time limit of its own: longer than any that a client of ours has. */
const SILENT_MAX_MS = 300_000;

export interface ServerOptions {
  /** 0: the system chooses. */
  readonly port: number;
  /** Loopback unless named. */
  readonly host?: string;
  readonly requestWithinMs?: number;
}

/** Rejects if the port is taken. */
export async function startGatewayServer(
  farSide: Answering,
  { port, host = "127.0.0.1", requestWithinMs = REQUEST_WITHIN_MS }: ServerOptions,
): Promise<GatewayServer> {
  const closing = new AbortController();
  // Thousands of answers may wait for their time at once.
  setMaxListeners(0, closing.signal);
  const limits = { requestTimeout: requestWithinMs, headersTimeout: requestWithinMs, connectionsCheckingInterval: requestWithinMs / 4 };
  const server = createServer(limits, (request, response) => void serve(farSide, { request, response, signal: closing.signal }));
  // Node ends an answered connection by this; alone it would wait for a caller who keeps their half open.
  server.on("connection", (socket) => (socket.destroySoon = () => endInStages(socket)));
  // Longer than our connector keeps idle sockets, so that the server never closes one under a request.
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      closing.abort();
      server.closeAllConnections();
      return closed;
    },
  };
}

/** Our half ends at once, the other when the caller ends it or a moment later. What they still send is read and dropped. */
function endInStages(socket: Socket): void {
  if (socket.destroyed || socket.writableEnded) return;
  socket
    .removeAllListeners("data")
    .on("data", () => undefined)
    .resume()
    .end();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

interface Serving {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

async function serve(farSide: Answering, { request, response, signal }: Serving): Promise<void> {
  try {
    const body = await readBody(request);
    // A request that was not read to its end leaves no connection for another one.
    if (!request.complete) response.setHeader("connection", "close");
    const asked = farRequest(request, body);
    const reply = isLocal(asked.path) && !isFromHere(request) ? answer(403, LOCAL_ONLY) : await farSide.handle(asked);
    if (reply.delayMs > 0) await farSide.clock.sleep(reply.delayMs, signal);
    if (signal.aborted) response.destroy();
    else deliver(reply, response);
  } catch {
    // The caller hung up while it sent.
    response.destroy();
  }
}

/**
 * The ledger of all accounts, without a key: for users of this machine only. As in the far side, text before the first slash
 * does not count: HTTP lets a target begin with `*`.
 */
function isLocal(path: string): boolean {
  return /^[^/?]*\/(journal|faults|_[a-z]+)([/?]|$)/.test(path);
}

/** A proxy on this machine speaks for others, and says so. */
function isFromHere({ socket, headers }: IncomingMessage): boolean {
  if (headers.forwarded !== undefined || headers["x-forwarded-for"] !== undefined) return false;
  const address = socket.remoteAddress ?? "";
  return LOOPBACK.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

const LOCAL_ONLY = '{"error":{"code":"local_only","message":"This is answered on the gateway\'s own machine only."}}';
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function farRequest(request: IncomingMessage, body: string | null): FarRequest {
  return { method: request.method ?? "GET", path: request.url ?? "/", headers: request.headers as FarRequest["headers"], body };
}

function deliver(reply: FarReply, response: ServerResponse): void {
  const { socket } = response;
  switch (reply.connection) {
    case "silent":
      // Never answered: the caller's own limit ends it.
      return void socket?.setTimeout(SILENT_MAX_MS, () => socket.destroy());
    case "reset":
      return void socket?.resetAndDestroy();
    case "cut":
      response.writeHead(reply.status, { "content-length": Buffer.byteLength(reply.body), ...reply.headers });
      response.write(reply.body.slice(0, reply.body.length / 2), () => socket?.destroy());
      return;
    case "open":
      response.writeHead(reply.status, { "content-length": Buffer.byteLength(reply.body), ...reply.headers });
      response.end(reply.body);
  }
}

/** Reads no more than shows that it is too large: the gateway itself refuses it. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > FAR_SIDE_BODY_MAX) return "x".repeat(FAR_SIDE_BODY_MAX + 1);
    chunks.push(chunk);
  }
  return bytes === 0 ? null : Buffer.concat(chunks).toString("utf8");
}
