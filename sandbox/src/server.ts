/** The far side behind real HTTP: `tillway gateway sandbox --port`. */
import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { BlockList, isIPv6, type AddressInfo } from "node:net";
import { answer, FAR_SIDE_BODY_MAX, type FarReply, type FarRequest, type FarSide } from "./far-side.ts";

export interface GatewayServer {
  readonly port: number;
  /** Breaks what is under way: its callers see what a dying gateway looks like. The far side itself stays open. */
  close(): Promise<void>;
}

/** Listens on loopback unless told otherwise. Rejects where the port is taken. @param port 0: the system chooses */
export async function startGatewayServer(
  farSide: FarSide,
  { port, host = "127.0.0.1" }: { port: number; host?: string },
): Promise<GatewayServer> {
  const closing = new AbortController();
  // Thousands of answers may wait for their time at once.
  setMaxListeners(0, closing.signal);
  const server = createServer((request, response) => void serve(farSide, { request, response, signal: closing.signal }));
  // Longer than our connector keeps idle sockets, so that it is never the server who closes one under a request.
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

interface Serving {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

async function serve(farSide: FarSide, { request, response, signal }: Serving): Promise<void> {
  try {
    const body = await readBody(request);
    const asked = farRequest(request, body);
    const reply = isJournal(asked.path) && !isFromHere(request) ? answer(403, LOCAL_ONLY) : await farSide.handle(asked);
    if (reply.delayMs > 0) await farSide.clock.sleep(reply.delayMs, signal);
    if (signal.aborted) response.destroy();
    else deliver(reply, response);
  } catch {
    // The caller hung up while it sent.
    response.destroy();
  }
}

/**
 * The books of all accounts, without a key: for who has the machine anyway. Whatever stands before the first slash does not count
 * for the far side either, and HTTP lets a target begin with `*`.
 */
function isJournal(path: string): boolean {
  return /^[^/?]*\/journal([/?]|$)/.test(path);
}

/** A proxy on this machine speaks for others, and says so. */
function isFromHere({ socket, headers }: IncomingMessage): boolean {
  if (headers.forwarded !== undefined || headers["x-forwarded-for"] !== undefined) return false;
  const address = socket.remoteAddress ?? "";
  return LOOPBACK.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

const LOCAL_ONLY = '{"error":{"code":"local_only","message":"The journal is shown on the gateway\'s own machine only."}}';
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
      return;
    case "reset":
      return void socket?.resetAndDestroy();
    case "cut":
      response.writeHead(reply.status, { ...reply.headers, "content-length": Buffer.byteLength(reply.body) });
      response.write(reply.body.slice(0, reply.body.length / 2), () => socket?.destroy());
      return;
    case "open":
      response.writeHead(reply.status, { ...reply.headers, "content-length": Buffer.byteLength(reply.body) });
      response.end(reply.body);
  }
}

/** Keeps one byte more than allowed, so that the far side itself refuses what is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= FAR_SIDE_BODY_MAX + 1) chunks.push(chunk);
  }
  if (bytes === 0) return null;
  return bytes > FAR_SIDE_BODY_MAX ? "x".repeat(FAR_SIDE_BODY_MAX + 1) : Buffer.concat(chunks).toString("utf8");
}
