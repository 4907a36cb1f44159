/** The far side of Stripe on a table. Each request that it accepts and each answer that it gives passes the judge. For tests only. */
import { expect } from "vitest";
import { answerFaults, requestFaults } from "../../../test/contracts/stripe.ts";
import type { FarReply } from "../far-side.ts";
import { type ManualClock, manualClock } from "../desk.testing.ts";
import { createStripeFarSide, STRIPE_TEST_KEY, type StripeFarSide, type StripeFarSideOptions } from "./far-side.ts";

export interface Seen extends FarReply {
  readonly json: Record<string, unknown> & { readonly error?: Record<string, unknown> };
}

export interface StripeDesk {
  readonly far: StripeFarSide;
  readonly clock: ManualClock;
  /** `params` by their names on the wire, as `metadata[a]`. */
  ask(method: string, path: string, params?: Params, headers?: Readonly<Record<string, string>>): Promise<Seen>;
  /** Creates and confirms in one request. */
  pay(token: string, params?: Params): Promise<Seen>;
  /** Types of the events so far, oldest first. */
  events(): Promise<readonly string[]>;
}

type Params = Readonly<Record<string, string | number | boolean>>;

export const RETURN_URL = "https://shop.test/back?order=1";

export function stripeDesk(options: Partial<StripeFarSideOptions> = {}): StripeDesk {
  const clock = manualClock();
  const far = createStripeFarSide({ clock, http: null, seed: "desk", ...options });
  const ask: StripeDesk["ask"] = async (method, path, params = {}, headers = {}) => {
    const form = new URLSearchParams(Object.entries(params).map(([name, value]): [string, string] => [name, String(value)])).toString();
    const asked = { method, path: method === "GET" && form !== "" ? `${path}?${form}` : path, body: method === "GET" ? null : form };
    const reply = await far.handle({ ...asked, headers: { authorization: `Bearer ${STRIPE_TEST_KEY}`, ...headers } });
    const isJson = reply.headers["content-type"] === "application/json" && reply.body !== "";
    if (isJson && path.startsWith("/v1/")) {
      expect({ asked, faults: answerFaults(asked, reply) }).toEqual({ asked, faults: [] });
      if (reply.status < 400 || reply.status === 402) expect({ asked, faults: requestFaults(asked) }).toEqual({ asked, faults: [] });
    }
    return { ...reply, json: isJson ? (JSON.parse(reply.body) as Seen["json"]) : {} };
  };
  return {
    far,
    clock,
    ask,
    pay: (token, params = {}) =>
      ask("POST", "/v1/payment_intents", {
        amount: 4_500,
        currency: "inr",
        payment_method: token,
        confirm: true,
        return_url: RETURN_URL,
        ...params,
      }),
    async events() {
      const { json } = await ask("GET", "/v1/events", { limit: 100 });
      return (json["data"] as { type: string }[]).map(({ type }) => type).toReversed();
    },
  };
}
