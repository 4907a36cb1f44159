import { describe, expect, it } from "vitest";
import type { Attempt } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Call } from "../../core/ports/connector.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import { START } from "../../core/rows.testing.ts";
import type { Shown } from "../exchange.ts";
import {
  aCall,
  anIntent,
  canceled,
  failed,
  fresh,
  held,
  ID,
  KEY,
  list,
  lost,
  no,
  ok,
  stripeSaying,
  succeeded,
  unsent,
} from "./stub.testing.ts";

const CONFIRM = `POST /v1/payment_intents/${ID}/confirm`;
const CANCEL = `POST /v1/payment_intents/${ID}/cancel`;
const GET = `GET /v1/payment_intents/${ID}`;
const SEARCH = "GET /v1/payment_intents/search";
const LIST = "GET /v1/payment_intents";

const again: Partial<Attempt> = { sends: 2, questions: 1 };
const unexpected = (intent: Shown): Shown => ({
  type: "invalid_request_error",
  code: "payment_intent_unexpected_state",
  payment_intent: intent,
});
const badRequest = { type: "invalid_request_error", code: "parameter_invalid_empty", message: "No." };

describe("a question about a charge", () => {
  const ask = (stripe: ReturnType<typeof stripeSaying>, given: Partial<Call> = {}, attempt: Partial<Attempt> = {}) =>
    stripe.connector.retrieve(aCall({ ...again, sends: 1, gatewayReference: ID, ...attempt }, given), ID);

  it.each<[string, Shown, Partial<Outcome>]>([
    ["succeeded", succeeded, { kind: "succeeded", reference: ID }],
    ["held", held, { kind: "authorized", reference: ID, lapsesAt: null }],
    [
      "held until a time that Stripe names",
      { ...held, latest_charge: { payment_method_details: { card: { capture_before: 1_772_700_000 } } } },
      { kind: "authorized", lapsesAt: 1_772_700_000_000 },
    ],
    ["declined", failed, { kind: "declined", reference: ID }],
    ["canceled", canceled, { kind: "canceled", reference: ID }],
    ["working on it", anIntent({ status: "processing" }), { kind: "pending", reference: ID }],
    ["a word that nobody documented", anIntent({ status: "requires_sleep" }), { kind: "pending", reference: ID }],
    [
      "a challenge",
      anIntent({
        status: "requires_action",
        next_action: { type: "redirect_to_url", redirect_to_url: { url: "https://bank.example/3ds" } },
      }),
      { kind: "requires_action", nextAction: { type: "redirect", url: "https://bank.example/3ds" } },
    ],
    [
      "a challenge that no page of ours can show",
      anIntent({ status: "requires_action", next_action: { type: "use_stripe_sdk", use_stripe_sdk: {} } }),
      { kind: "pending" },
    ],
  ])("hears: %s", async (_, intent, wanted) => {
    const stripe = stripeSaying(ok(intent));
    expect((await ask(stripe)).outcome).toMatchObject(wanted);
    expect(stripe.lines()).toEqual([GET]);
  });

  it("warns of words that it does not know, and leaves them in the evidence", async () => {
    const stripe = stripeSaying(ok(anIntent({ status: "requires_sleep" })));
    const { exchanges } = await ask(stripe);
    expect(stripe.warnings).toHaveLength(1);
    expect(exchanges[0]!.result).toBe('answer: unknown status "requires_sleep"');
  });

  it("finishes under the confirm's own key what was not begun, if it may", async () => {
    const stripe = stripeSaying(ok(fresh), ok(succeeded));
    const { outcome, exchanges } = await ask(stripe, { mayFinish: true });
    expect(outcome).toMatchObject({ kind: "succeeded", reference: ID });
    expect(stripe.lines()).toEqual([GET, CONFIRM]);
    expect(stripe.seen[1]).toMatchObject({ key: `${KEY}-confirm`, notAfter: START + 10_000, form: { payment_method: "pm_card_visa" } });
    expect(exchanges.map((one) => one.kind)).toEqual(["question", "resend"]);
  });

  it.each([fresh, anIntent({ status: "requires_confirmation" })])(
    "calls off what was not begun and must not be finished: a confirm on its way has no effect then",
    async (intent) => {
      const stripe = stripeSaying(ok(intent), ok(canceled));
      const { outcome } = await ask(stripe);
      expect(outcome).toMatchObject({ kind: "declined", reference: ID, declineCode: "technical_decline" });
      expect(stripe.lines()).toEqual([GET, CANCEL]);
    },
  );

  it.each<[string, HttpResult, Partial<Outcome>]>([
    ["is refused, since a confirm was quicker", no(400, unexpected(succeeded)), { kind: "succeeded", reference: ID }],
    ["is lost", lost, { kind: "unknown", reference: ID }],
    ["never leaves", unsent, { kind: "unknown", reference: ID }],
    ["waits for a confirm that runs", no(429, { code: "lock_timeout" }), { kind: "unknown", reference: ID }],
    ["is refused for another reason", no(400, badRequest), { kind: "unknown" }],
  ])("says nothing is charged only if Stripe confirmed it: the cancel %s", async (_, answer, wanted) => {
    const { outcome } = await ask(stripeSaying(ok(fresh), answer));
    expect(outcome).toMatchObject(wanted);
  });

  it("a finishing confirm that is refused proves nothing", async () => {
    expect((await ask(stripeSaying(ok(fresh), no(400, badRequest)), { mayFinish: true })).outcome).toMatchObject({
      kind: "unknown",
      reference: ID,
    });
    expect((await ask(stripeSaying(ok(fresh), unsent), { mayFinish: true })).outcome).toMatchObject({ kind: "unknown", reference: ID });
  });

  it.each<[string, HttpResult, Outcome["kind"]]>([
    ["does not know the id", no(404, { type: "invalid_request_error", code: "resource_missing" }), "not_found"],
    ["refuses the key", no(401, { type: "invalid_request_error" }), "unknown"],
    ["is silent", lost, "unknown"],
    ["is throttled", no(429, { code: "rate_limit" }), "unknown"],
  ])("Stripe %s", async (_, answer, kind) => {
    expect((await ask(stripeSaying(answer))).outcome.kind).toBe(kind);
  });
});

describe("finding a charge by our key", () => {
  const find = (stripe: ReturnType<typeof stripeSaying>, attempt: Partial<Attempt> = {}) =>
    stripe.connector.find(aCall({ ...again, sends: 1, ...attempt }));
  const noSearch = no(400, { type: "invalid_request_error", message: "Search is not available in your country." });
  const other = anIntent({ id: "pi_other", metadata: {} });

  it("takes only the id from the search, which lags, and the rest from the intent", async () => {
    const stripe = stripeSaying(list([fresh]), ok(succeeded));
    expect((await find(stripe)).outcome).toMatchObject({ kind: "succeeded" });
    expect(stripe.lines()).toEqual([SEARCH, GET]);
    expect(stripe.seen[0]!.form).toMatchObject({ query: `metadata['tillway_key']:'${KEY}'` });
  });

  it("reads the list of the time of its sends, page by page, if the search knows nothing or there is none", async () => {
    for (const first of [list([]), noSearch]) {
      const stripe = stripeSaying(first, list([other], true), list([fresh]), ok(succeeded));
      expect((await find(stripe)).outcome).toMatchObject({ kind: "succeeded" });
      expect(stripe.lines()).toEqual([SEARCH, LIST, LIST, GET]);
      const range = { created: { gte: String(START / 1_000 - 60), lte: String(START / 1_000 + 70) }, limit: "100" };
      expect([stripe.seen[1]!.form, stripe.seen[2]!.form]).toEqual([range, { ...range, starting_after: "pi_other" }]);
    }
  });

  it.each<[string, number, { gte: number; lte: number }]>([
    ["behind ours, as when the database's clock was set forward", -505_000, { gte: -565, lte: 70 }],
    ["ahead of ours", 505_000, { gte: -60, lte: 575 }],
    ["as ours", 0, { gte: -60, lte: 70 }],
  ])("reads the list by Stripe's own clock too, where it is %s", async (_, driftMs, { gte, lte }) => {
    const date = new Date(START + driftMs).toUTCString();
    for (const first of [ok({ object: "search_result", data: [] }, { date }), { ...noSearch, headers: { date } }]) {
      const stripe = stripeSaying(first, list([]));
      expect((await find(stripe)).outcome).toEqual({ kind: "not_found" });
      const seconds = (after: number): string => String(START / 1_000 + after);
      expect(stripe.seen[1]!.form).toMatchObject({ created: { gte: seconds(gte), lte: seconds(lte) } });
    }
  });

  it("finds nothing only if the whole list was read", async () => {
    expect((await find(stripeSaying(list([]), list([other])))).outcome).toEqual({ kind: "not_found" });
    expect((await find(stripeSaying(list([]), list([other], true), lost))).outcome).toMatchObject({ kind: "unknown" });
    expect((await find(stripeSaying(lost))).outcome).toMatchObject({ kind: "unknown" });
    const endless = Array.from({ length: 10 }, () => list([other], true));
    expect((await find(stripeSaying(list([]), ...endless))).outcome).toMatchObject({ kind: "unknown" });
  });

  it("believes the search alone once no outage can have kept it behind", async () => {
    const old = { lastSentAt: START - 3_600_001, firstSentAt: START - 3_600_001 };
    expect((await find(stripeSaying(list([])), old)).outcome).toEqual({ kind: "not_found" });
  });

  it("does not choose between two intents under one key", async () => {
    const { outcome } = await find(stripeSaying(list([fresh, anIntent({ id: "pi_2" })])));
    expect(outcome).toMatchObject({ kind: "unknown", mismatch: "intents pi_1 and pi_2 under one key" });
  });
});

describe("calling a charge off", () => {
  const call = (attempt: Partial<Attempt> = {}) => aCall({ ...again, sends: 1, ...attempt });

  it("cancels the intent that the attempt knows", async () => {
    const stripe = stripeSaying(ok(canceled));
    expect((await stripe.connector.cancel(call({ gatewayReference: ID }))).outcome).toEqual({ kind: "canceled", reference: ID });
    expect([stripe.lines(), stripe.seen[0]!.key]).toEqual([[CANCEL], `${KEY}-cancel-1`]);
  });

  it("looks for an intent that it does not know, and without one proves nothing", async () => {
    const found = stripeSaying(list([fresh]), ok(canceled));
    expect((await found.connector.cancel(call())).outcome).toEqual({ kind: "canceled", reference: ID });
    expect(found.lines()).toEqual([SEARCH, CANCEL]);
    expect((await stripeSaying(list([]), list([])).connector.cancel(call())).outcome).toEqual({ kind: "not_found" });
  });

  it("too late says what the charge is by now", async () => {
    const stripe = stripeSaying(no(400, unexpected(succeeded)));
    expect((await stripe.connector.cancel(call({ gatewayReference: ID }))).outcome).toMatchObject({ kind: "succeeded" });
  });
});
