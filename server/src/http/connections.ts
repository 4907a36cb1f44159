/** Which connections stay open: nobody without a key keeps the places that others need, and an answered connection ends. */
import { readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Log } from "../core/ports/log.ts";

/** Of the files that a process may have open, so many are for callers; the rest are for the database, gateways, receivers and files. */
const CALLERS_SHARE = 0.5;
/** Of these places, so many stay with callers who proved who they are, as long as they want them. */
const KNOWN_SHARE = 0.5;
/** A caller who still sends gets this long to read its answer: a connection that is closed at once may lose it (RFC 9112, 9.6). */
const LINGER_MS = 1_000;
const TELL_MS = 1_000;

/**
 * How many connections callers may have open at once. Without a bound a flood takes the last descriptor, and the requests that are
 * already in find no connection to the database. Infinity if the system does not say (Linux does).
 * @param limits what `/proc/self/limits` says
 */
export function connectionsMax(limits: string | null = ownLimits()): number {
  const openFiles = limits === null ? null : /^Max open files +(\d+) /m.exec(limits);
  return openFiles === null ? Number.POSITIVE_INFINITY : Math.floor(Number(openFiles[1]) * CALLERS_SHARE);
}

/**
 * Bounds the open connections of a server. Above the bound an older one makes room for the newcomer: of callers without a key the one
 * that is open longest, or one that a known caller leaves idle. A request of a known caller is never broken off by this.
 */
export function boundConnections(server: Server, deps: { readonly log: Log; readonly maxConnections?: number }) {
  const most = deps.maxConnections ?? connectionsMax();
  // Sets keep the order in which their members came.
  const strangers = new Set<Socket>();
  const idle = new Set<Socket>();
  const busy = new Set<Socket>();
  const tell = tellClosed(deps.log);

  const forget = (socket: Socket): boolean => strangers.delete(socket) || idle.delete(socket) || busy.delete(socket);
  const makeRoom = (): void => {
    const mayTakeIdle = strangers.size <= most * (1 - KNOWN_SHARE);
    const [victim] = mayTakeIdle && idle.size > 0 ? idle : strangers;
    forget(victim!);
    victim!.destroy();
    tell();
  };
  server.on("connection", (socket: Socket) => {
    socket.destroySoon = () => endInStages(socket);
    strangers.add(socket);
    socket.once("close", () => forget(socket));
    if (strangers.size + idle.size + busy.size > most) makeRoom();
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    response.once("close", () => {
      if (busy.delete(request.socket) && !request.socket.destroyed) idle.add(request.socket);
    });
  });
  return {
    /** The request under way on this connection is of a caller who proved who they are. */
    isKnown(socket: Socket): void {
      if (forget(socket)) busy.add(socket);
    },
  };
}

/**
 * Ends a connection after its last bytes: our half at once, the other half when the caller ends it, or a moment later whether or not
 * they do. What they still send is read and dropped, or a reset would overtake the answer.
 */
export function endInStages(socket: Socket, lastBytes?: string): void {
  if (socket.destroyed) return;
  socket
    .removeAllListeners("data")
    .on("data", () => undefined)
    .resume();
  if (socket.writable) socket.end(lastBytes ?? "");
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

/** Says in at most one line a second how many were closed: their callers see only an empty answer, and so would whoever looks for the cause. */
function tellClosed(log: Log): () => void {
  let closed = 0;
  return () => {
    if (closed++ > 0) return;
    setTimeout(() => {
      log.warn({ closed }, "connections were closed to make room: as many as are allowed are open");
      closed = 0;
    }, TELL_MS).unref();
  };
}

function ownLimits(): string | null {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return null;
  }
}
