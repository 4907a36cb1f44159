/** `tillway trigger`: a payment at the sandbox that takes the way to an event, over the API as a merchant would go it. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventType } from "../../core/events.ts";
import { Failure, UsageError } from "../explain.ts";
import { listed, plain, plainJson, unknownName } from "../text.ts";
import { ApiRefusal, openApi, type Api } from "./api.ts";
import { readWords } from "./fields.ts";
import type { Event } from "../listen/feed.ts";

interface Recipe {
  /** The sandbox's scenario: docs/test-scenarios.md. */
  readonly scenario: string;
  readonly create?: Readonly<Record<string, unknown>>;
  /** What is asked for once the charge has its outcome; `{id}` is the payment. */
  readonly after?: { readonly path: string; readonly body: Readonly<Record<string, unknown>> };
}

const held = { capture_method: "manual" };
const refund = { path: "/v1/refunds", body: { payment_id: "{id}", reason: "tillway trigger" } };

/** Events that come within seconds of a request. */
export const recipes: Readonly<Partial<Record<EventType, Recipe>>> = {
  "payment.created": { scenario: "success", create: { confirm: false } },
  "payment.pending": { scenario: "success", create: { confirm: false }, after: { path: "/v1/payments/{id}/confirm", body: {} } },
  "payment.requires_action": { scenario: "challenge" },
  "payment.authorized": { scenario: "success", create: held },
  "payment.captured": { scenario: "success", create: held, after: { path: "/v1/payments/{id}/capture", body: { amount: 1 } } },
  "payment.capture_failed": { scenario: "capture-failure", create: held, after: { path: "/v1/payments/{id}/capture", body: {} } },
  "payment.succeeded": { scenario: "success" },
  "payment.failed": { scenario: "insufficient-funds" },
  "payment.canceled": { scenario: "success", create: { confirm: false }, after: { path: "/v1/payments/{id}/cancel", body: {} } },
  "payment.cancel_failed": { scenario: "void-failure", create: held, after: { path: "/v1/payments/{id}/void", body: {} } },
  "refund.created": { scenario: "success", after: refund },
  "refund.succeeded": { scenario: "success", after: refund },
  "refund.failed": { scenario: "refund-failure", after: refund },
};

const AMOUNT = 49_900;
/** A charge is waited for by the API; what follows takes a worker's round. */
const EVENT_WAIT_MS = 30_000;
const LOOK_EVERY_MS = 100;

export async function runTrigger(argv: string[]): Promise<number> {
  const { options, flags, words } = readWords(argv, ["amount", "currency", "url"], ["json"], "tillway trigger");
  const [type, ...more] = words;
  if (type === undefined || more.length > 0) throw new UsageError("say which event: tillway trigger payment.succeeded");
  const types = Object.keys(recipes);
  const recipe = types.includes(type) ? recipes[type as EventType]! : null;
  if (recipe === null) throw unknownName("event to trigger", type, types, `There are: ${listed(types)}.`);
  const amount = options["amount"] ?? String(AMOUNT);
  if (!/^[1-9]\d{0,11}$/.test(amount)) throw new UsageError("--amount takes an integer of minor units");
  const api = openApi(options);
  try {
    const payment = await take(api, recipe, { amount: Number(amount), currency: options["currency"] ?? "INR" });
    const event = await eventOf(api, payment, type);
    console.log(flags.has("json") ? plainJson(JSON.stringify(event)) : plain(`${event.type}  ${event.id}  of ${payment}`));
  } finally {
    await api.close();
  }
  return 0;
}

/** Goes the way; resolves with the payment. */
async function take(api: Api, { scenario, create = {}, after }: Recipe, money: { amount: number; currency: string }): Promise<string> {
  const upi = { vpa: `${scenario}@sandbox` };
  const body = { ...money, method: "upi", upi, confirm: true, description: "tillway trigger", ...create };
  const id = await post(api, "/v1/payments", body);
  if (id === null) throw new Failure("the API named no payment");
  if (after) {
    const filled = Object.fromEntries(Object.entries(after.body).map(([name, value]) => [name, value === "{id}" ? id : value]));
    await post(api, after.path.replace("{id}", encodeURIComponent(id)), filled);
  }
  return id;
}

/** The payment's id. A refusal that names one is an outcome like any other: it may be the very event that is wanted. */
async function post(api: Api, path: string, body: Readonly<Record<string, unknown>>): Promise<string | null> {
  try {
    return (JSON.parse(await api.send({ method: "POST", path, body, idempotencyKey: randomUUID() })) as { id?: string }).id ?? null;
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 402 && error.body.payment_id !== undefined) return error.body.payment_id;
    throw error;
  }
}

async function eventOf(api: Api, payment: string, type: string): Promise<Event> {
  const giveUpAt = performance.now() + EVENT_WAIT_MS;
  for (;;) {
    const page = JSON.parse(await api.send({ method: "GET", path: `/v1/events?payment_id=${encodeURIComponent(payment)}&limit=100` })) as {
      data: Event[];
    };
    const event = page.data.find((each) => each.type === type);
    if (event) return event;
    if (performance.now() > giveUpAt) {
      const found = page.data.map((each) => each.type).toReversed();
      throw new Failure(
        `${type} did not come within ${EVENT_WAIT_MS / 1_000} s: ${payment} has ${listed(found)}. Does a worker run, and the sandbox?`,
      );
    }
    await sleep(LOOK_EVERY_MS);
  }
}
