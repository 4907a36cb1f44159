import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { readContract, shapeFaults } from "../../../test/contracts/stripe.ts";
import type { HttpPort, HttpRequest } from "../ports.ts";
import { stripeDesk } from "./desk.testing.ts";
import { stripeSignature, type WebhookMode } from "./events.ts";

const secrets = ["whsec_current", "whsec_previous"];

function receiving(webhooks: WebhookMode, statuses: number[] = []) {
  const got: HttpRequest[] = [];
  const http: HttpPort = {
    send: (request) => {
      got.push(request);
      return Promise.resolve({ kind: "answer", status: statuses.shift() ?? 200, headers: {}, body: "", durationMs: 0 });
    },
  };
  const desk = stripeDesk({ http, webhook: { url: "http://us.test/hook", secrets }, webhooks, laterMs: 5_000 });
  const types = () => got.map(({ body }) => (JSON.parse(body!) as { type: string }).type);
  return { ...desk, got, types };
}

const all = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"];

describe("webhooks of the far side", () => {
  it("leave at once, fit Stripe's description, and both secrets sign while one is rolled", async () => {
    const { pay, got, clock, types } = receiving({ mode: "prompt" });
    await pay("pm_card_visa");
    await clock.advance(10);
    expect(types()).toEqual(all);
    for (const { body, headers, url } of got) {
      expect([url, shapeFaults("EventBase", JSON.parse(body!))]).toEqual(["http://us.test/hook", []]);
      for (const secret of secrets) {
        const read = Stripe.webhooks.constructEvent(body!, headers["stripe-signature"]!, secret, 300, undefined, clock.now());
        expect(read.object).toBe("event");
      }
    }
  });

  it("are held until they are let go", async () => {
    const { pay, clock, types, far } = receiving({ mode: "held" });
    await pay("pm_card_visa");
    await clock.advance(3_600_000);
    expect([types(), far.owed().map(({ type }) => type)]).toEqual([[], all]);
    far.releaseWebhooks();
    await clock.advance(10);
    expect([types(), far.owed()]).toEqual([all, []]);
  });

  it("are lost, and the events that nobody got can be listed", async () => {
    const { ask, pay, clock, types } = receiving({ mode: "lost" });
    await pay("pm_card_visa");
    await clock.advance(3_600_000);
    expect(types()).toEqual([]);
    expect((await ask("GET", "/v1/events", { delivery_success: false })).json["data"]).toHaveLength(3);
    expect((await ask("GET", "/v1/events", { delivery_success: true })).json["data"]).toEqual([]);
  });

  it("come late, twice, or in another order", async () => {
    const late = receiving({ mode: "late", lateMs: 30_000 });
    await late.pay("pm_card_visa");
    await late.clock.advance(29_000);
    expect(late.types()).toEqual([]);
    await late.clock.advance(2_000);
    expect(late.types()).toEqual(all);

    const twice = receiving({ mode: "prompt", copies: 2 });
    await twice.pay("pm_card_visa");
    await twice.clock.advance(10);
    expect(twice.types()).toEqual(all.flatMap((type) => [type, type]));

    const swapped = receiving({ mode: "reordered" });
    await swapped.pay("pm_card_visa");
    await swapped.clock.advance(5_000);
    expect(swapped.types()).toEqual(["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"]);
  });

  it("are tried again with growing gaps, signed freshly, and given up in the end", async () => {
    const { ask, clock, got, far } = receiving(
      { mode: "prompt" },
      Array.from({ length: 20 }, () => 500),
    );
    await ask("POST", "/v1/payment_intents", { amount: 100, currency: "usd" });
    await clock.advance(24 * 3_600_000);
    expect(got).toHaveLength(7);
    expect(new Set(got.map(({ headers }) => headers["stripe-signature"])).size).toBe(7);
    expect(new Set(got.map(({ body }) => body)).size).toBe(1);
    expect(far.owed()).toEqual([]);
  });

  it("are controlled over the control path", async () => {
    const { pay, clock, types, far } = receiving({ mode: "prompt" });
    const set = async (value: unknown) =>
      (await far.handle({ method: "POST", path: "/_webhooks", headers: {}, body: JSON.stringify(value) })).status;
    expect([await set({ mode: "held" }), await set({ mode: "gone" }), await set({ mode: "late", lateMs: 0 }), await set(null)]).toEqual([
      200, 400, 400, 400,
    ]);
    await pay("pm_card_visa");
    await clock.advance(1_000);
    expect(types()).toEqual([]);
    expect(await set({ release: true })).toBe(200);
    await clock.advance(10);
    expect(types()).toEqual(all);
  });
});

describe("a signature of the far side", () => {
  const { vectors } = readContract<{
    vectors: { provider: string; name: string; expect: string; secret: string; body: string; headers: Record<string, string> }[];
  }>("webhook-signature-vectors.json");
  const plain = vectors.filter((one) => one.provider === "stripe" && /^t=\d+,v1=[0-9a-f]{64}$/.test(one.headers["Stripe-Signature"] ?? ""));

  it.each(plain)("is right where the vector $name is right, and only there", ({ expect: wanted, name, secret, body, headers }) => {
    const seconds = Number(/^t=(\d+)/.exec(headers["Stripe-Signature"]!)![1]);
    const isSame = stripeSignature([secret], body, seconds * 1_000) === headers["Stripe-Signature"];
    // Its age is the receiver's matter.
    expect(isSame).toBe(wanted === "ok" || name.startsWith("age_"));
  });

  it("is compared with vectors of both kinds", () => {
    expect(new Set(plain.map((one) => one.expect))).toEqual(new Set(["ok", "reject"]));
  });
});
