/** Connects to the address of a host that answers first. */
import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Every address of a name, in the order to try them. Rejects or resolves to an empty list if there is none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface DialOptions {
  /** Trusted besides the system's certificate authorities: PEM. */
  readonly ca?: string;
  /** Asks the system if left out. */
  readonly resolve?: Resolve;
  /** Throws if one of a host's addresses must not be reached. Called before each connection. */
  readonly checkAddresses?: (hostname: string, addresses: readonly string[]) => void;
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
async function addressesOf(hostname: string, { resolve = systemResolve, checkAddresses }: DialOptions): Promise<readonly string[]> {
  const found = isIP(hostname) !== 0 ? [hostname] : isLocalhost(hostname) ? LOCALHOST : await resolve(hostname);
  if (found.length === 0) throw failure("ENOTFOUND", `${hostname} has no address`);
  checkAddresses?.(hostname, found);
  return inTurn(found).slice(0, ADDRESSES_MAX);
}

/** A name that always means this machine. */
export function isLocalhost(hostname: string): boolean {
  return /^(?:.+\.)?localhost\.?$/i.test(hostname);
}

/**
 * Rejects with the error of the first address that failed, or with code `CONNECT_TIMEOUT`. Not a byte of a request has left then.
 * @param timeoutMs for name, connection and TLS together
 */
export async function dial(url: URL, timeoutMs: number, options: DialOptions): Promise<Socket> {
  const isSecure = url.protocol === "https:";
  // Without the brackets of an IPv6 literal.
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failure("CONNECT_TIMEOUT", "no address answered in time")), timeoutMs);
  });
  try {
    const addresses = await Promise.race([late, addressesOf(hostname, options)]);
    const socket = await race(addresses, Number(url.port) || (isSecure ? 443 : 80), late);
    return isSecure ? await secured(socket, hostname, options, late) : socket;
  } finally {
    clearTimeout(timer);
  }
}

/** Families alternate, so a dead one costs one step of the race and not all. */
function inTurn(addresses: readonly string[]): string[] {
  const first = addresses.filter((address) => isIP(address) === isIP(addresses[0]!));
  const other = addresses.filter((address) => isIP(address) !== isIP(addresses[0]!));
  return Array.from({ length: Math.max(first.length, other.length) }, (_, n) => [first[n], other[n]])
    .flat()
    .filter((address) => address !== undefined);
}

function race(addresses: readonly string[], port: number, late: Promise<never>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const waiting = [...addresses];
    const open = new Set<Socket>();
    let firstError: Error | null = null;
    let next: NodeJS.Timeout | undefined;
    late.catch((error: Error) => end(null, error));

    function end(winner: Socket | null, error: Error | null): void {
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

function secured(socket: Socket, hostname: string, { ca }: DialOptions, late: Promise<never>): Promise<Socket> {
  const servername = isIP(hostname) === 0 ? hostname : undefined;
  const secure = connectTls({ ca, socket, host: hostname, servername, ALPNProtocols: ["http/1.1"] });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      secure.destroy();
      reject(error);
    };
    late.catch(fail);
    secure.once("secureConnect", () => resolve(secure));
    secure.on("error", fail);
    socket.once("close", () => fail(failure("ECONNRESET", "closed during the TLS handshake")));
  });
}
