import { expect } from "vitest";
import { connect } from "../../support/connect.ts";
import type { Json } from "./merchant.ts";
import { Shopper } from "./shopper.ts";
import type { Stage, StageMerchant } from "./stage.ts";

export interface Begun {
  readonly status: number;
  readonly json: Json;
  readonly replayed: boolean;
}

export type LinkDesk = ReturnType<typeof linkDesk>;

/** What merchants and shoppers do with payment links. */
export function linkDesk(stage: Stage, shop: StageMerchant) {
  const at = (made: Json): string => `${stage.checkoutUrl}/v1/checkout/links/${made.url.split("/").at(-1)}`;
  /** The browser that was sent on to the checkout. */
  function shopperAt(url: string): Shopper {
    const [, secret, key] = /#([\w-]+)&key=(\w+)$/.exec(url)!;
    return new Shopper(stage.checkoutUrl, key!, secret!);
  }
  /** What the page of the link does when its button is pressed. */
  async function begin(made: Json, body: object = {}, key: string | null = null): Promise<Begun> {
    const headers = { "content-type": "application/json", ...(key !== null && { "idempotency-key": key }) };
    const answer = await fetch(at(made), { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, json: await answer.json(), replayed: answer.headers.has("idempotent-replayed") };
  }
  return {
    at,
    begin,
    shopperAt,
    async link(more: object = {}): Promise<Json> {
      const { status, json } = await shop.client.post("/v1/payment-links", { amount: 50_000, currency: "INR", ...more });
      expect([status, json.error]).toEqual([201, undefined]);
      return json;
    },
    shown: async (id: string): Promise<Json> => (await shop.client.get(`/v1/payment-links/${id}`)).json,
    async deactivate(id: string): Promise<void> {
      expect((await shop.client.post(`/v1/payment-links/${id}/deactivate`, {})).status).toBe(200);
    },
    async newShopper(made: Json, body: object = {}): Promise<Shopper> {
      const { status, json } = await begin(made, body);
      expect([status, json.error]).toEqual([201, undefined]);
      return shopperAt(json.url);
    },
    rowsOf: (id: string): Promise<{ readonly orders: number; readonly taken: number }> =>
      connect(stage.databaseUrl, async (client) => {
        const text = `select (select count(*)::int from orders where payment_link_id = l.id) as orders, l.uses_taken as taken
          from payment_links l where id = $1`;
        return (await client.query(text, [id])).rows[0] as { orders: number; taken: number };
      }),
  };
}
