import type { Fetch } from "./attempt.ts";
import { Resources } from "./generated/resources.ts";
import { API_VERSION, SDK_VERSION } from "./generated/version.ts";
import { createRequester, RETRIES, TIMEOUT, within, type Settings } from "./request.ts";
import { sleep } from "./retry.ts";

export interface TillwayOptions {
  /** `pk_test_…` or `pk_live_…` */
  readonly key: string;
  /** `sk_test_…` or `sk_live_…`: for servers only, never for a browser. */
  readonly secret: string;
  /** Where Tillway answers. Default: `http://localhost:8000`; a live key must name it. */
  readonly baseUrl?: string;
  /** For each try. Default: 30 seconds; an answer to `confirm: true` may take ten. */
  readonly timeoutMs?: number;
  /** How often a request is sent again if there is no answer, or one that says "later". Default: 2. */
  readonly maxRetries?: number;
  /** Sent as `Tillway-Version`: `YYYY-MM-DD`. Default: the version that this client's types are of, whatever the key is pinned to. */
  readonly version?: string;
  /** Instead of the global one, e.g. for a proxy or a test. */
  readonly fetch?: Fetch;
}

const DEFAULT_BASE_URL = "http://localhost:8000";
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_RETRIES = 2;

/** A client of Tillway's API: one resource for each kind of thing, one method for each route. */
export class Tillway extends Resources {
  constructor(options: TillwayOptions) {
    super(createRequester(settingsOf(options)));
  }
}

function settingsOf(options: TillwayOptions): Settings {
  const key = credential("key", "pk_", options?.key);
  const secret = credential("secret", "sk_", options.secret);
  if (options.baseUrl === undefined && key.startsWith("pk_live_"))
    throw new TypeError("baseUrl is missing. A live key needs the address of your Tillway, e.g. https://tillway.example.com");
  // Called through a function of its own: a global fetch must not be called as a method of something else.
  const ownFetch = options.fetch;
  return {
    baseUrl: address(options.baseUrl ?? DEFAULT_BASE_URL),
    headers: {
      accept: "application/json",
      "user-agent": `tillway-node/${SDK_VERSION}`,
      "x-api-key": key,
      "x-api-secret": secret,
      "tillway-version": date(options.version ?? API_VERSION),
    },
    timeoutMs: within("timeoutMs", options.timeoutMs ?? DEFAULT_TIMEOUT_MS, TIMEOUT),
    maxRetries: within("maxRetries", options.maxRetries ?? DEFAULT_MAX_RETRIES, RETRIES),
    fetch: (url, init) => (ownFetch === undefined ? fetch(url, init) : ownFetch(url, init)),
    random: () => Math.random(),
    sleep,
    newKey: () => crypto.randomUUID(),
  };
}

/** The value is not shown: it may be the secret. */
function credential(name: "key" | "secret", prefix: string, value: unknown): string {
  if (typeof value !== "string" || value === "")
    throw new TypeError(`${name} is missing. It begins with ${prefix}test_ or ${prefix}live_.`);
  const isSwapped = value.startsWith(prefix === "pk_" ? "sk_" : "pk_");
  if (isSwapped) throw new TypeError(`${name} begins like the other one. key begins with pk_ and secret with sk_.`);
  if (!/^[!-~]+$/.test(value)) throw new TypeError(`${name} has a space, line break or other character that no ${name} has`);
  return value;
}

function address(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "" || url.username !== "")
    throw new TypeError(`baseUrl must be an address like https://tillway.example.com; it is ${JSON.stringify(value)}`);
  // Paths of the API begin with /v1; people write it here as well.
  return url.href.replace(/\/+$/, "").replace(/\/v1$/, "");
}

function date(value: unknown): string {
  if (typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value)) return value;
  throw new TypeError(`version must be a date like 2026-11-27; it is ${JSON.stringify(value)}`);
}
