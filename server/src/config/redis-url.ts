import type { RedisPlace } from "../core/ports/redis-place.ts";
import { hostsIn } from "./hosts.ts";

const SCHEMES: Readonly<Record<string, RedisPlace["kind"]>> = { redis: "server", "redis-cluster": "cluster", "redis-sentinel": "sentinel" };
const DEFAULT_PORTS: Readonly<Record<RedisPlace["kind"], number>> = { server: 6_379, cluster: 6_379, sentinel: 26_379 };

/**
 * Where Redis is: `redis://host:6379/0`, `redis-cluster://a:6379,b:6379`, `redis-sentinel://a:26379,b:26379/name-of-the-primary`; with
 * `rediss` for TLS. Undefined: it is none of these.
 */
export function redisPlace(text: string): RedisPlace | undefined {
  const [, scheme = "", login, hostList = "", path = ""] =
    /^([a-z-]+):\/\/(?:([^@/\s]*)@)?([^/\s@?#]+)(?:\/([^\s/?#]*))?$/.exec(text) ?? [];
  const kind = SCHEMES[scheme.replace(/^rediss/, "redis")];
  const hosts = kind && hostsIn(hostList, DEFAULT_PORTS[kind]);
  const [username, password] = loginOf(login);
  if (!kind || !hosts || password === null || username === null) return undefined;
  if (kind === "server" && (hosts.length > 1 || !/^\d{0,4}$/.test(path))) return undefined;
  // A cluster has one database, and a primary has a name.
  if ((kind === "cluster" && path !== "") || (kind === "sentinel" && !/^[\w.-]{1,100}$/.test(path))) return undefined;
  const [primary, database] = kind === "sentinel" ? [path, 0] : ["", Number(path)];
  return { kind, hosts, primary, isTls: scheme.startsWith("rediss"), username, password, database };
}

/** Null in the place of what is badly encoded. */
function loginOf(text: string | undefined): [string | undefined | null, string | undefined | null] {
  if (text === undefined) return [undefined, undefined];
  const colon = text.indexOf(":");
  const parts = colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
  try {
    const [username, password] = parts.map((part) => decodeURIComponent(part));
    return [username || undefined, password || undefined];
  } catch {
    return [null, null];
  }
}
