/** Which secret a request goes with. Whoever opened an order by its id alone has one for each payment that was begun here, and sees no other. */
import type { Access, Shelf } from "./access.ts";
import { isOver, isPaid, type Payment, type View } from "./contract.ts";

export interface WithSecret {
  readonly client_secret?: string;
}

export interface Secrets {
  /** Of a request with this path. */
  for(path: string): Promise<string>;
  /** Keeps the secret of a payment that was begun, beyond a reload of this page. */
  kept(payment: Payment & WithSecret): Payment;
  /** The view with the payment that was begun here, if it goes on: without the order's secret the server names none. */
  withOwn(view: View, ask: (id: string) => Promise<Payment | null>): Promise<View>;
}

/** @param open asks for an opening: the body says of which order */
export function secretsOf(access: Access, shelf: Shelf, open: (body: string) => Promise<WithSecret>): Secrets {
  if ("secret" in access) return { for: async () => access.secret, kept: (payment) => payment, withOwn: async (view) => view };
  const { orderId } = access;
  const nameOf = (id: string): string => `tillway:secret:${id}`;
  const begun = `tillway:begun:${orderId}`;
  let opening: Promise<string> | null = null;
  return {
    async for(path) {
      const [, id] = /^\/payments\/(\w+)/.exec(path) ?? [];
      const own = id === undefined ? null : shelf.get(nameOf(id));
      if (own !== null) return own;
      opening ??= open(JSON.stringify({ order_id: orderId })).then(({ client_secret = "" }) => client_secret);
      try {
        return await opening;
      } catch (error) {
        // The next request asks again.
        opening = null;
        throw error;
      }
    },
    kept(payment) {
      if (payment.client_secret === undefined) return payment;
      shelf.set(nameOf(payment.id), payment.client_secret);
      shelf.set(begun, payment.id);
      return payment;
    },
    async withOwn(view, ask) {
      const id = shelf.get(begun);
      if (id === null) return view;
      const payment = await ask(id);
      return payment && (!isOver(payment) || isPaid(payment)) ? { ...view, payment } : view;
    },
  };
}
