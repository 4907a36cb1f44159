/** Every variable of the environment: its purpose, its form, and its value if it is not set. */
import { BlockList, isIP } from "node:net";
import { isAbsolute } from "node:path";
import { DELIVERIES_KEPT_DAYS, EXCHANGES_KEPT_DAYS, RATE_LIMIT_MAX } from "../core/constants.ts";
import { LOG_LEVELS } from "../core/ports/world.ts";
import { sandboxVariables } from "@tillway/sandbox";
import { clientVariables } from "./client.ts";
import { engineVariables } from "./engines.ts";
import { gatewayVariables } from "./gateways.ts";
import { flag, origin, port, webUrl, whole } from "./forms.ts";
import type { ValuesOf, Variable } from "./read.ts";

/** Of the checkout, unless the system chooses that of the API. */
export const CHECKOUT_PORT = 3_001;
/** Of the dashboard, alike. */
export const DASHBOARD_PORT = 3_000;
/** Longer than any rule requires. */
const DAYS_MAX = 36_500;

/** In the order of the docs. */
export const VARIABLES = {
  ...clientVariables,
  PUBLIC_URL: webUrl(
    "Where gateways reach the API; by default it is made from `HOST` and `API_PORT`. Without it a worker can only guess, and the address of the API wins",
    "Use the form https://pay.example.com.",
  ),
  CHECKOUT_PORT: {
    ...port(
      "Port of the checkout, which `all` and `api` serve beside the API. By default 3001, and any free one if `API_PORT` is 0",
      CHECKOUT_PORT,
    ),
    fallback: null,
  },
  CHECKOUT_URL: origin(
    "Where shoppers reach the checkout; by default it is made from `HOST` and `CHECKOUT_PORT`",
    "Use the form https://checkout.example.com: its pages lie at the root of their host.",
  ),
  DASHBOARD_PORT: {
    ...port(
      "Port of the dashboard, which `all` and `api` serve beside the API. By default 3000, and any free one if `API_PORT` is 0",
      DASHBOARD_PORT,
    ),
    fallback: null,
  },
  DASHBOARD_URL: origin(
    "Where people reach the dashboard, which the links in its e-mails lead to; by default it is made from `HOST` and `DASHBOARD_PORT`. Browsers keep nobody signed in over http, but on localhost",
    "Use the form https://dashboard.example.com: its pages lie at the root of their host.",
  ),
  DASHBOARD_IDLE_MINUTES: {
    purpose: "Minutes without a request after which somebody who is signed in to the dashboard must sign in again",
    form: "1 to 720",
    parse: whole(1, 720),
    fallback: 15,
    cure: "Use a whole number of minutes.",
  },
  DATABASE_URL: {
    purpose: "PostgreSQL 15 or newer. Without it `all` starts its own",
    form: "a postgres:// URL",
    parse: postgresUrl,
    fallback: null,
    isSecret: true,
    requiredBy: ["api", "worker", "migrate"],
    cure: "Use the form postgres://user:password@host:5432/database, and encode special characters in user and password: # as %23, ? as %3F, / as %2F, % as %25.",
  },
  DATABASE_REPLICA_URL: {
    purpose:
      "Standbys of `DATABASE_URL` that [lists and searches are read from](going-live.md), never staler than the primary; one that is late or away is left out. Nothing that decides about money reads them",
    form: "postgres:// URLs, with commas between",
    parse: postgresUrls,
    fallback: [],
    isSecret: true,
    cure: "Use the form postgres://user:password@replica-1:5432/database,postgres://user:password@replica-2:5432/database, and encode special characters in user and password: a comma as %2C.",
  },
  DATABASE_FAILOVER_KEEPS_COMMITS: flag(
    "Standbys that may take over have every acknowledged commit (synchronous replication), so a failover alone is not taken for a [restored backup](operations.md)",
  ),
  DATABASE_MARK_DIR: {
    purpose:
      "Directory in which the processes of a host note how far the database was, to see that it was [restored](operations.md); by default that of `TILLWAY_HOME`. It must outlive them, and not be in the database's own backup",
    form: "an absolute path",
    parse: (text: string) => (isAbsolute(text) ? text : undefined),
    fallback: null,
    cure: "Use a path such as /var/lib/tillway.",
  },
  ...engineVariables,
  TILLWAY_MASTER_KEY: {
    purpose: "Key that seals secrets. `all` makes one at its first start and keeps it in its home. Without it, sealed secrets are lost",
    form: "64 hexadecimal digits, or base64 of 32 bytes",
    parse: keyBytes,
    fallback: null,
    isSecret: true,
    requiredBy: ["api", "worker"],
    cure: "Make one with `openssl rand -hex 32`, use the same one for all parts, and keep a copy.",
  },
  SANDBOX_URL: webUrl(
    "Where the sandbox gateway runs, needed if an account uses it. Without it `all` runs one inside",
    "Start one with `tillway gateway sandbox` and use its address, such as http://127.0.0.1:8001.",
  ),
  SANDBOX_PORT: port("Port of `tillway gateway sandbox`", 8_001),
  ...gatewayVariables,
  TEST_MODE: flag(
    "Makes the bank predictable, allows webhooks to loopback (not to private networks), and adds [routes for tests](test-mode.md). Refused beside live keys",
  ),
  ...sandboxVariables,
  WEBHOOK_RETRY_INTERVALS_TEST: flag("Tries webhooks after 0, 5, 10, 15 and 20 s instead of 0, 1 m, 5 m, 30 m and 2 h"),
  WEBHOOK_ALLOWED_NETWORKS: {
    purpose: "Private networks that webhooks may be sent to, for receivers in your own network. `TEST_MODE` opens loopback only",
    form: "networks within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7, with commas between",
    parse: privateNetworks,
    fallback: [],
    cure: "Use the form 10.20.0.0/16,fd12:3456::/32.",
  },
  TRUSTED_PROXIES: {
    purpose:
      "Your reverse proxies. What comes from one of them is counted by the address that its `X-Forwarded-For` names: wrong tries, and what shoppers may do. From elsewhere the header is not read",
    form: "IP addresses and networks, with commas between",
    parse: proxies,
    fallback: [],
    cure: "Use the form 127.0.0.1,10.20.0.0/16, and no network that is wider than /8 (IPv6: /16): whoever is in it can claim any address.",
  },
  SMTP_URL: {
    purpose:
      "Mail server by which [e-mails to shoppers](emails.md) are sent. Without it `all` and `TEST_MODE` keep them to look at, and nothing of it is loaded",
    form: "smtp:// or smtps:// with host, and port, user and password if needed",
    parse: smtpUrl,
    fallback: null,
    isSecret: true,
    cure: "Use the form smtp://user:password@mail.example.com:587, and encode special characters in user and password.",
  },
  MAIL_FROM: {
    purpose: "Address that e-mails come from: one that the mail server lets you send from",
    form: "an address such as payments@example.com",
    parse: (text) => (ADDRESS.test(text) ? text : undefined),
    fallback: "payments@localhost",
    cure: "Use an address of your own domain, without a name before it.",
  },
  OPERATIONS_EMAIL: {
    purpose:
      "Address that is told of [work that can't be done](operations.md#e-mails-to-the-operator): messages that can't be read, and jobs that go on failing. At most one e-mail in 15 minutes. It needs `SMTP_URL`",
    form: "an address such as operations@example.com",
    parse: (text) => (ADDRESS.test(text) ? text : undefined),
    fallback: null,
    cure: "Use one address, without a name before it.",
  },
  MONGODB_URL: {
    purpose:
      "MongoDB that keeps the exchanges with gateways: [the audit store](operations.md#the-audit-store). Without it PostgreSQL keeps them, and nothing of it is loaded",
    form: "a mongodb:// or mongodb+srv:// URL",
    parse: mongodbUrl,
    fallback: null,
    isSecret: true,
    cure: "Use the form mongodb://user:password@host:27017/tillway?replicaSet=rs0, and encode special characters in user and password.",
  },
  RETENTION_EXCHANGES_DAYS: days(
    "How long exchanges with gateways and their webhooks are kept. Payments and events are kept forever",
    EXCHANGES_KEPT_DAYS,
  ),
  RETENTION_DELIVERIES_DAYS: days("How long deliveries that have ended are kept, with the log of their tries", DELIVERIES_KEPT_DAYS),
  RATE_LIMIT_PER_SECOND: {
    purpose:
      "Requests a second that an API key without a limit of its own may make to one process; ten times as many at once. Without it, any number",
    form: `1 to ${RATE_LIMIT_MAX}`,
    parse: whole(1, RATE_LIMIT_MAX),
    fallback: null,
    cure: "Use a whole number of requests.",
  },
  METRICS_TOKEN: {
    purpose: "Bearer token with which `/metrics` is read from elsewhere. Without it, only from this machine",
    form: "16 to 200 printable ASCII characters without spaces",
    parse: (text) => (/^[\x21-\x7e]{16,200}$/.test(text) ? text : undefined),
    fallback: null,
    isSecret: true,
    cure: "Make one with `openssl rand -hex 32`.",
  },
  METRICS_PORT: {
    ...port(
      "Port on which `tillway worker` shows `/metrics` and `/health`. Without it, it shows none; `api` and `all` show them on their own port",
      9_464,
    ),
    fallback: null,
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: webUrl(
    "Where spans of requests and jobs are sent by OTLP over HTTP. Without it, no part of OpenTelemetry is loaded",
    "Use the address of a collector, such as http://127.0.0.1:4318.",
  ),
  LOG_LEVEL: {
    purpose: "Least serious lines that are logged",
    form: "`error`, `warn`, `info` or `silent`",
    parse: (text) => LOG_LEVELS.find((level) => level === text.toLowerCase()),
    fallback: "info" as const,
    cure: "Use info.",
  },
} satisfies Readonly<Record<string, Variable<unknown>>>;

export type Values = ValuesOf<typeof VARIABLES>;

/** For those who receive webhooks, and no setting of ours; often set in the same shell. */
export const RECEIVER_VARIABLES: readonly string[] = ["TILLWAY_WEBHOOK_SECRET"];

function days(purpose: string, fallback: number): Variable<number> {
  return { purpose, form: `days from 1 to ${DAYS_MAX}`, parse: whole(1, DAYS_MAX), fallback, cure: "Use a whole number of days." };
}

/** A raw #, ? or / in a password ends the host part too early: we would call another host and lose the rest. */
function postgresUrl(text: string): string | undefined {
  const [, rest] = /^postgres(?:ql)?:\/\/(\S+)$/.exec(text) ?? [];
  if (rest === undefined || !URL.canParse(text)) return undefined;
  const [authority = ""] = rest.split(/[/?#]/, 1);
  const { username, password } = new URL(text);
  const isCutShort = !authority.includes("@") && /@[^\s@/?#]+\/[^/]/.test(rest);
  return isCutShort || text.includes("#") || /%(?![0-9a-fA-F]{2})/.test(`${username}:${password}`) ? undefined : text;
}

const REPLICAS_MAX = 8;

function postgresUrls(text: string): readonly string[] | undefined {
  const urls = text.split(",").map((each) => each.trim());
  return urls.length <= REPLICAS_MAX && urls.every((each) => postgresUrl(each) !== undefined) ? urls : undefined;
}

/** ASCII on both sides, since not every mail server knows more. */
const ADDRESS = /^[!#-'*+\-./0-9=?A-Z^-~]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/i;

function smtpUrl(text: string): string | undefined {
  if (!/^smtps?:\/\/\S+$/.test(text) || !URL.canParse(text)) return undefined;
  const { hostname, pathname, search, hash, username, password } = new URL(text);
  const isHostOnly = hostname !== "" && (pathname === "" || pathname === "/") && search === "" && hash === "";
  return !isHostOnly || /%(?![0-9a-fA-F]{2})/.test(`${username}:${password}`) ? undefined : text;
}

/** Several hosts with commas between, which `URL` does not know; the driver judges the rest. */
function mongodbUrl(text: string): string | undefined {
  const parts = /^mongodb(?:\+srv)?:\/\/(?:([^@/?#\s]*)@)?[^@/?#\s]+(?:\/[^@/?#\s]*)?(?:\?[^#\s]*)?$/.exec(text);
  return parts === null || /%(?![0-9a-fA-F]{2})/.test(parts[1] ?? "") ? undefined : text;
}

function keyBytes(text: string): Uint8Array | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex");
  const bytes = /^[A-Za-z0-9+/]{43}=?$/.test(text) ? Buffer.from(text, "base64") : null;
  return bytes?.length === 32 ? bytes : undefined;
}

/** RFC 1918, RFC 6598 and RFC 4193: the networks that an operator may own. */
const PRIVATE_NETWORKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"].map(networkOf);

/** Networks in CIDR form with commas between; undefined if one of them is malformed, or not within a private network. */
export function privateNetworks(text: string): readonly string[] | undefined {
  const networks = text.split(",").map((network) => network.trim());
  return networks.every((network) => isPrivate(networkOf(network))) ? networks : undefined;
}

/** IPv4 and IPv6: a wider network is nobody's own. */
const WIDEST_PROXY_BITS = { 4: 8, 6: 16 };

/** Addresses and networks; undefined if one of them is malformed, or a network so wide that everybody would be a proxy. */
export function proxies(text: string): readonly string[] | undefined {
  const names = text.split(",").map((name) => name.trim());
  return names.every((name) => isIP(name) !== 0 || isOwn(networkOf(name))) ? names : undefined;
}

function isOwn({ bits, family }: ReturnType<typeof networkOf>): boolean {
  if (family !== 4 && family !== 6) return false;
  return bits >= WIDEST_PROXY_BITS[family] && bits <= (family === 4 ? 32 : 128);
}

function networkOf(text: string) {
  const [, address = "", bits = ""] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text) ?? [];
  return { address, bits: Number(bits), family: isIP(address) };
}

function isPrivate({ address, bits, family }: ReturnType<typeof networkOf>): boolean {
  const type = family === 4 ? "ipv4" : "ipv6";
  if (bits > (family === 4 ? 32 : 128)) return false;
  return PRIVATE_NETWORKS.some((wide) => {
    if (wide.family !== family || bits < wide.bits) return false;
    const list = new BlockList();
    list.addSubnet(wide.address, wide.bits, type);
    return list.check(address, type);
  });
}
