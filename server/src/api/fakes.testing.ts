/** An API with everything behind it replaced, for tests of the HTTP driver alone. */
import type { Attempt, Payment } from "../core/model.ts";
import { scopes } from "../core/permissions.ts";
import type { CardFields, TokenizeResult } from "../core/ports/connector.ts";
import type { Reads } from "../core/ports/reads.ts";
import type { Actor } from "../core/ports/settings.ts";
import { anAttempt, aPayment } from "../core/rows.testing.ts";
import type { Deps } from "../flows/deps.ts";
import { createApp, type AppDeps } from "../http/app.ts";
import { noRoute } from "./no-route.ts";
import { keyAuthenticator } from "./caller.ts";
import { clientSecrets } from "./client-secrets.ts";
import type { ApiDeps } from "./deps.ts";
import { mount } from "./mount.ts";
import { versions } from "./versions/index.ts";

export const NOW = Date.UTC(2026, 0, 15, 12);
export const TEST_CARD = "4111111111111111";
const merchantScope = { merchantId: "mer_1", mode: "test" } as const;
export const merchant: Actor = {
  ...merchantScope,
  keyId: "key_1",
  scopes: [...scopes],
  person: null,
  rateLimitPerSecond: null,
  apiVersion: versions.current,
};
export const OPERATOR_KEY = "opk_of_a_test_that_is_long_enough";
export const operator = { authorization: `Bearer ${OPERATOR_KEY}` };
export const headers = { "x-api-key": "pk_test_1", "x-api-secret": "sk_test_1" };

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface Fakes {
  readonly deps: ApiDeps & AppDeps;
  readonly app: ReturnType<typeof createApp>;
  readonly log: LogLine[];
  readonly clock: { now: number };
  /** By `key secret`; what is not here is wrong. */
  readonly keys: Map<string, Actor>;
  /** How often a key was looked up. */
  readonly lookUps: string[];
  /** What the tokenizer was handed. */
  readonly tokenized: CardFields[];
}

/** Everything unlikely to be called fails loudly; `reads` and `flows` are what a test gives. */
export function fakeApi(
  given: { readonly reads?: Partial<Reads>; readonly flows?: Partial<Deps>; readonly deps?: Partial<ApiDeps & AppDeps> } = {},
): Fakes {
  const log: LogLine[] = [];
  const clock = { now: NOW };
  const keys = new Map([["pk_test_1 sk_test_1", merchant]]);
  const lookUps: string[] = [];
  const tokenized: CardFields[] = [];
  const authenticate = async (key: string, secret: string): Promise<Actor | null> => {
    lookUps.push(key);
    return keys.get(`${key} ${secret}`) ?? null;
  };
  const flows = {
    settings: {
      timeZone: async () => "UTC",
      endpoints: async () => [],
      authenticate,
      noteKeyUse: async () => undefined,
      account: async (id: string) => (id === "acc_1" ? { id, connector: "sandbox" } : null),
    },
    clock: {
      now: () => clock.now,
      sleep: (_ms: number, signal?: AbortSignal) => new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve())),
    },
    random: countingRandom(),
    versions,
    connectors: new Map([["sandbox", { name: "sandbox" }]]),
    ...given.flows,
  } as unknown as ApiDeps["flows"];
  // What is noted of a change is tested over storage.
  (flows.settings as { by?: unknown }).by ??= () => flows.settings;
  const deps: ApiDeps & AppDeps = {
    flows,
    clock: flows.clock,
    random: flows.random,
    authenticator: keyAuthenticator(flows, OPERATOR_KEY),
    reads: (given.reads ?? {}) as Reads,
    log: recorder(log),
    requests: { find: async () => null },
    search: { find: async () => [] },
    audit: { head: async () => null, seals: async () => [], rowsAfter: async () => [] } as unknown as ApiDeps["audit"],
    health: async () => ({ ok: true, checks: { database: { ok: true } } }),
    version: "0.0.0",
    siteFolder: "no-site",
    apiVersion: flows.versions.current,
    hashKey: new Uint8Array(32).fill(7),
    tokenizers: new Map([
      [
        "sandbox",
        {
          tokenize: async (card) => tokenize(tokenized, card),
          describe: async (token) => (token === "tok_visa" ? { network: "visa", last4: "1111" } : null),
        },
      ],
    ]),
    publicUrl: "https://pay.example",
    checkoutUrl: "https://checkout.example",
    secrets: clientSecrets(new Uint8Array(32).fill(9)),
    firstAccount: { connector: "sandbox", credentials: { api_key: "sandbox_{account}", webhook_secret: "{secret}" } },
    ...given.deps,
  };
  const app = createApp({ noRoute, ...deps }, [(each) => mount(each, deps)]);
  return { deps, app, log, clock, keys, lookUps, tokenized };
}

export function payment(over: Partial<Payment> = {}): Payment {
  const id = "pay_01KAJ0000000000000000000AB";
  return aPayment({
    ...merchantScope,
    id,
    identity: id,
    amount: 50_000,
    method: { type: "card", connector: "sandbox", token: "tok_visa", network: "visa", last4: "1111" },
    createdAt: NOW,
    ...over,
  });
}

export function attempt(over: Partial<Attempt> = {}): Attempt {
  const { id: paymentId, amount } = payment();
  return anAttempt({
    ...merchantScope,
    id: "att_01KAJ0000000000000000000AB",
    paymentId,
    subject: paymentId,
    connector: "sandbox",
    accountId: "acc_1",
    amount,
    routing: { rule: "priority", reason: "only account" },
    firstSentAt: NOW,
    lastSentAt: NOW,
    createdAt: NOW,
    ...over,
  });
}

function tokenize(seen: CardFields[], card: CardFields): TokenizeResult {
  seen.push(card);
  if (card.number !== TEST_CARD) return { ok: false, code: "not_a_test_card" };
  return { ok: true, token: "tok_visa", network: "visa", last4: card.number.slice(-4) };
}

function recorder(lines: LogLine[]): AppDeps["log"] {
  const write = (level: LogLine["level"]) => (fields: LogLine["fields"], message: string) => void lines.push({ level, fields, message });
  return { info: write("info"), warn: write("warn"), error: write("error") };
}

function countingRandom(): { float(): number; bytes(length: number): Uint8Array } {
  let count = 0;
  return {
    float: () => 0.5,
    bytes(length) {
      count++;
      return Uint8Array.from({ length }, (_, i) => (count >> (5 * (length - 1 - i))) & 31);
    },
  };
}
