/** Connects to the address of a host that answers first. */
import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

/** Every address of a name, in the order to try them. Rejects or resolves to an empty list if there is none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface Target {
  /** Without the brackets of an IPv6 literal. */
  readonly hostname: string;
  readonly port: number;
  readonly isSecure: boolean;
}

export interface DialOptions {
  /** For name, connection and TLS together. */
  readonly timeoutMs: number;
  readonly resolve: Resolve;
  /** See `HttpOptions`. */
  readonly checkAddresses?: ((hostname: string, addresses: readonly string[]) => void) | undefined;
  readonly tls: ConnectionOptions;
}

/** The next address joins the race after this, while the earlier ones go on (RFC 8305, "Connection Attempt Delay"). */
const NEXT_ADDRESS_AFTER_MS = 250;
/** Addresses of one name that are tried: as many as can join within five seconds. */
const ADDRESSES_MAX = 20;
/** Both of them: a server may listen on either, and few name servers and hosts files name both (RFC 6761, 6.3). */
const LOCALHOST = ["127.0.0.1", "::1"];

/** Asks the system, hosts file included. */
export const systemResolve: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true, verbatim: true })).map(({ address }) => address);

/** An error with a code, like those of the system. */
export function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** The addresses that a connection to this host may use. Only names are resolved, and each time. */
async function addressesOf(hostname: string, { resolve, checkAddresses }: DialOptions): Promise<readonly string[]> {
  const found = isIP(hostname) !== 0 ? [hostname] : isLocalhost(hostname) ? LOCALHOST : await resolve(hostname);
  if (found.length === 0) throw failure("ENOTFOUND", `${hostname} has no address`);
  checkAddresses?.(hostname, found);
  return inTurn(found).slice(0, ADDRESSES_MAX);
}

/** A name that always means this machine. */
export function isLocalhost(hostname: string): boolean {
  return /^(?:.+\.)?localhost\.?$/i.test(hostname);
}

/** Rejects with the error of the first address that failed, or with code `CONNECT_TIMEOUT`. Not a byte of a request has left then. */
export async function dial(target: Target, options: DialOptions): Promise<Socket> {
  const startedAt = performance.now();
  const left = (): number => Math.max(1, options.timeoutMs - (performance.now() - startedAt));
  const addresses = await within(left(), addressesOf(target.hostname, options));
  const socket = await race(addresses, target.port, left());
  return target.isSecure ? secured(socket, target, { ...options.tls, timeout: left() }) : socket;
}

/** Families alternate, so a dead one costs one step of the race and not all. */
function inTurn(addresses: readonly string[]): string[] {
  const first = addresses.filter((address) => isIP(address) === isIP(addresses[0]!));
  const other = addresses.filter((address) => isIP(address) !== isIP(addresses[0]!));
  return Array.from({ length: Math.max(first.length, other.length) }, (_, n) => [first[n], other[n]])
    .flat()
    .filter((address) => address !== undefined);
}

async function within<Value>(timeoutMs: number, asked: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut()), timeoutMs);
  });
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

function race(addresses: readonly string[], port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const waiting = [...addresses];
    const open = new Set<Socket>();
    let firstError: Error | null = null;
    let next: NodeJS.Timeout | undefined;
    const limit = setTimeout(() => end(null, timedOut()), timeoutMs);

    function end(winner: Socket | null, error: Error | null): void {
      clearTimeout(limit);
      clearTimeout(next);
      waiting.length = 0;
      open.delete(winner!);
      for (const socket of open) socket.destroy();
      if (winner) resolve(winner);
      else reject(error!);
    }

    function join(): void {
      clearTimeout(next);
      const host = waiting.shift();
      if (host === undefined) return open.size === 0 ? end(null, firstError) : undefined;
      const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
      open.add(socket);
      socket.once("connect", () => end(socket, null));
      // Never removed: a later error of a socket, lost or won, must not throw.
      socket.on("error", (error) => {
        if (!open.delete(socket)) return;
        firstError ??= error;
        join();
      });
      if (waiting.length > 0) next = setTimeout(join, NEXT_ADDRESS_AFTER_MS);
    }

    join();
  });
}

function secured(socket: Socket, { hostname }: Target, { timeout, ...tls }: ConnectionOptions): Promise<Socket> {
  const servername = isIP(hostname) === 0 ? hostname : undefined;
  const secure = connectTls({ ...tls, socket, host: hostname, servername, ALPNProtocols: ["http/1.1"] });
  return within(
    timeout!,
    new Promise<Socket>((resolve, reject) => {
      secure.once("secureConnect", () => resolve(secure));
      secure.on("error", reject);
      socket.once("close", () => reject(failure("ECONNRESET", "closed during the TLS handshake")));
    }),
  ).catch((error: unknown) => {
    secure.destroy();
    throw error;
  });
}

function timedOut(): Error {
  return failure("CONNECT_TIMEOUT", "no address answered in time");
}
