/** The far side of Stripe: its API, its page for the shopper, its webhooks and its books, for tests and trials. */
import type { Answering, FarReply, FarRequest } from "../far-side.ts";
import type { FaultName } from "../faults.ts";
import type { Clock, HttpPort, Ms } from "../ports.ts";
import { answerApi, type Answered, type ApiKeys } from "./answering.ts";
import { type Book, bookOf, type CallRecord, control, type Controlled } from "./control.ts";
import { errorText } from "./errors.ts";
import { type Delivery, type Desk, owedFor, type StripeSettings, type WebhookMode } from "./events.ts";
import { type FaultRule, type StripeFault, takeFault } from "./faults.ts";
import { answerBrowser, forBrowsers } from "./fields.ts";
import { type JournalLine, openStripeJournal, type StripeJournal } from "./journal.ts";
import { challengePage } from "./page.ts";
import { startStripeSender } from "./sender.ts";
import { catchUp, emptyState, type EventRecord, newId, type State } from "./state.ts";
import { eventView } from "./views.ts";

export interface StripeFarSideOptions {
  readonly clock: Clock;
  /** For webhooks; null: they stay owed. */
  readonly http: HttpPort | null;
  /** Any of them opens the account; more than one while a key is rolled. */
  readonly secretKeys?: readonly string[];
  /** For the card fields in a shopper's browser. */
  readonly publishableKey?: string;
  /** Where the shopper's browser reaches this far side. */
  readonly publicUrl?: string;
  /** An endpoint from the start. Two secrets: both sign, as while Stripe rolls one. */
  readonly webhook?: { readonly url: string; readonly secrets: readonly string[] } | null;
  /** Ids are made of it: the same seed and requests give the same ids. */
  readonly seed?: string;
  /** A search finds what was made so long ago; 0 if left out. Null: there is no search, as for merchants in India. */
  readonly searchLagMs?: number | null;
  /** How long a payment stays in processing, and after how long a refund changes by itself. */
  readonly laterMs?: number;
  /** Requests that were carried out are kept there, and carried out again at the next start. Webhooks that were owed then are lost. */
  readonly journalPath?: string | null;
  readonly faults?: readonly FaultRule[];
  readonly webhooks?: WebhookMode;
}

/** `books`: what was taken by each intent. `calls`: requests, oldest first, at most the last 10,000. */
export interface StripeFarSide extends Answering, Controlled {
  /** The book of the intent with this `metadata[tillway_key]`. */
  book(tillwayKey: string): Book | null;
  /** The same as `handle`, at once. */
  serve(request: FarRequest, fault?: FaultName): FarReply;
  /** Lets happen what is due by the clock. @returns when the next thing is; null: nothing is to come */
  catchUp(): Ms | null;
  /** Takes what is owed out of this far side's hands: whoever calls it sends it. */
  takeOwed(): readonly { readonly id: string; readonly body: string; readonly dueAt: Ms }[];
  /** Webhooks that are owed, with the text that would be sent. */
  owed(): readonly { readonly url: string; readonly type: string; readonly body: string; readonly dueAt: Ms }[];
  /** Stops the webhooks. */
  close(): Promise<void>;
}

export const STRIPE_TEST_KEY = "sk_test_tillway_far_side";
export const STRIPE_PUBLISHABLE_KEY = "pk_test_tillway_far_side";
const CALLS_MAX = 10_000;

/** Starts to send webhooks at once. Throws if the journal cannot be read. */
export function createStripeFarSide(options: StripeFarSideOptions): StripeFarSide {
  const { clock, http, secretKeys = [STRIPE_TEST_KEY], journalPath = null } = options;
  const settings: StripeSettings = {
    publicUrl: options.publicUrl ?? "http://127.0.0.1:8002",
    livemode: secretKeys[0]?.includes("_live_") ?? false,
    searchLagMs: options.searchLagMs === undefined ? 0 : options.searchLagMs,
    laterMs: options.laterMs ?? 10_000,
  };
  const seed = options.seed ?? String(clock.now());
  const journal = journalPath === null ? null : openStripeJournal(journalPath, seed);
  const state = emptyState(journal?.seed ?? seed);
  if (options.webhook) addEndpoint(state, options.webhook, clock.now());
  let mode: WebhookMode = options.webhooks ?? { mode: "prompt" };
  const bodyOf = ({ event }: Delivery): string => JSON.stringify(eventView(event, settings));
  const sender = startStripeSender({ clock, http, bodyOf, catchUp: () => catchUp(state, clock.now()) });
  let isReplaying = true;
  const desk = { state, settings, announced: (event: EventRecord) => void (isReplaying || sender.owe(owedFor(state, event, mode))) };
  const keys = { secret: secretKeys, publishable: options.publishableKey ?? STRIPE_PUBLISHABLE_KEY };
  const inside: Inside = { desk, keys, journal, calls: [], rules: options.faults ?? [], served: 0 };
  for (const line of journal?.lines ?? []) replay(inside, line);
  isReplaying = false;
  const now = (): State => (catchUp(state, clock.now()), state);
  const far: StripeFarSide = {
    clock,
    handle: (request, fault) => Promise.resolve(far.serve(request, fault)),
    serve: (request, fault) => answerAny(inside, far, request, fault === undefined ? null : { name: fault }),
    catchUp: () => catchUp(state, clock.now()),
    takeOwed: () => sender.owed.splice(0).map((one) => ({ id: one.event.id, body: bodyOf(one), dueAt: one.dueAt })),
    setFaults: (rules) => void (inside.rules = rules),
    setWebhooks: (next) => void (mode = next),
    releaseWebhooks: () => sender.release(),
    books: () => [...now().intents.values()].map(bookOf),
    book: (key) => far.books().find((one) => one.key === key) ?? null,
    calls: () => inside.calls,
    owed: () => (now(), sender.owed.map((one) => ({ url: one.endpoint.url, type: one.event.type, body: bodyOf(one), dueAt: one.dueAt }))),
    async close() {
      await sender.stop();
      journal?.close();
    },
  };
  return far;
}

interface Inside {
  readonly desk: Pick<Desk, "state" | "settings" | "announced">;
  readonly keys: ApiKeys;
  readonly journal: StripeJournal | null;
  readonly calls: CallRecord[];
  rules: readonly FaultRule[];
  served: number;
}

function answerAny(inside: Inside, far: StripeFarSide, request: FarRequest, outside: StripeFault | null): FarReply {
  try {
    if (request.path.startsWith("/_")) return control(far, request);
    const shown = answerBrowser(request);
    if (shown !== null) return shown;
    const isRuled = outside === null && request.path.startsWith("/v1/");
    const { fault, left } = isRuled
      ? takeFault(inside.rules, { ...request, served: inside.served++ })
      : { fault: outside, left: inside.rules };
    inside.rules = left;
    const at = far.clock.now();
    catchUp(inside.desk.state, at);
    const { made } = inside.desk.state;
    const answered = answer(inside, request, { at, fault });
    if (answered.carriedOut) inside.journal?.write(lineOf(request, { at, made, fault: answered.fault }));
    inside.calls.push(recordOf(at, request, answered));
    inside.calls.splice(0, Math.max(0, inside.calls.length - CALLS_MAX));
    return request.headers["origin"] === undefined ? answered.reply : forBrowsers(answered.reply);
  } catch (error) {
    // A mistake of this far side: it shows as an error of Stripe's would, with its reason for whoever reads along.
    const body = errorText({ type: "api_error", message: `The far side failed: ${String(error)}` });
    return { status: 500, headers: {}, body, delayMs: 0, connection: "open" };
  }
}

function answer({ desk: shared, keys }: Inside, request: FarRequest, { at, fault }: { at: Ms; fault: StripeFault | null }): Answered {
  const idempotencyKey = request.headers["idempotency-key"] ?? null;
  const desk = { ...shared, now: at, requestId: newId(shared.state, "req_", 14), idempotencyKey };
  const path = request.path.split("?")[0]!;
  if (!path.startsWith("/3ds/")) return answerApi({ desk, request, keys, fault });
  const { status, body, headers = {} } = challengePage(desk, request.method, path);
  const reply: FarReply = { status, headers, body, delayMs: 0, connection: "open" };
  return request.method === "POST" ? { reply, replayed: false, fault, carriedOut: true } : { reply, replayed: false, fault };
}

/** The same request again, at its own time, with the ids and the fault that it had. */
function replay(inside: Inside, { at, made, fault, method, path, key, body }: JournalLine): void {
  catchUp(inside.desk.state, at);
  inside.desk.state.made = made;
  const headers = { authorization: `Bearer ${inside.keys.secret[0]!}`, ...(key === null ? {} : { "idempotency-key": key }) };
  answer(inside, { method, path, headers, body }, { at, fault: fault ?? { name: "none" } });
}

function lineOf({ method, path, headers, body }: FarRequest, about: Pick<JournalLine, "at" | "made" | "fault">): JournalLine {
  return { ...about, method, path, key: headers["idempotency-key"] ?? null, body };
}

function addEndpoint(state: State, { url, secrets }: { url: string; secrets: readonly string[] }, now: Ms): void {
  const id = newId(state, "we_");
  state.endpoints.set(id, { id, createdAt: now, url, secrets, events: ["*"], description: null, metadata: {} });
}

function recordOf(at: Ms, { method, path, headers, body }: FarRequest, { reply, replayed, fault }: Answered): CallRecord {
  return {
    at,
    method,
    path,
    body: body === null ? null : withoutCards(body),
    idempotencyKey: headers["idempotency-key"] ?? null,
    replayed,
    status: reply.status,
    fault: fault?.name ?? null,
  };
}

/** No number of a card is kept, whoever sent it and wherever it stands. */
function withoutCards(body: string): string {
  const kept = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(body)) {
    kept.append(name, name.startsWith("card[") || CARD_LIKE.test(value) ? "redacted" : value);
  }
  return kept.toString();
}

const CARD_LIKE = /(?<![A-Za-z0-9])\d(?:[ .-]?\d){12,18}(?![A-Za-z0-9])/;
