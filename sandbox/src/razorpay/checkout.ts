/**
 * A stand-in for Razorpay's Checkout (`https://checkout.razorpay.com/v1/checkout.js`): a window of this far side's over the shop's page, in which
 * a card is typed for an order. As much of it as a checkout page needs: `new Razorpay({key, order_id, …}).open()`, `close`, `on`. The frame
 * knows the test cards, so no number leaves the browser.
 */
import { cardPage, cardScript, type FrameElement, type FrameForm, type ShopBrowser } from "../card-form.ts";
import { answer, type FarReply, type FarRequest } from "../far-side.ts";
import type { Ms } from "../ports.ts";
import type { Books, Merchant } from "./books.ts";
import { jsonOf } from "./input.ts";
import { testCards } from "./instruments.ts";
import { createPayment, type Counter } from "./payments.ts";
import { isRefused, noSuchId, type Refused } from "./refusals.ts";

const PATH = "/v1/checkout";

/** The script, its frame, and the payment that the frame makes: with the key id alone, as in a browser. Null: another request. */
export function answerCheckout(
  books: Books,
  counterOf: (merchant: Merchant) => Counter,
  request: FarRequest,
  now: Ms,
): FarReply | object | Refused | null {
  const [path = ""] = request.path.split("?");
  if (request.method === "GET" && path === `${PATH}.js`)
    return { ...answer(200, `(${script.toString()})();\n`), headers: { "content-type": "text/javascript; charset=utf-8" } };
  if (request.method === "GET" && path === `${PATH}/public`) return cardPage("public.js", "Razorpay Checkout (simulated)", "Pay");
  if (request.method === "GET" && path === `${PATH}/public.js`)
    return cardScript(
      frameScript,
      testCards.map(({ number, token }) => [number, token]),
    );
  if (request.method !== "POST" || path !== `${PATH}/payments`) return null;
  const fields = jsonOf(request.body);
  if (isRefused(fields)) return fields;
  const { key_id: keyId, order_id, token, notes } = fields;
  const merchant = books.merchants.get(String(keyId));
  const order = books.orders.get(String(order_id));
  if (merchant === undefined || order?.keyId !== merchant.keyId) return noSuchId;
  const { amount, currency } = order;
  const shopper = { email: "shopper@example.com", contact: "+919999999999" };
  return createPayment(counterOf(merchant), { amount, currency, order_id, ...shopper, method: "card", token, notes }, now);
}

/** What the scripts use of a browser. */
interface Browser extends ShopBrowser<{ readonly body: { append(child: FrameElement): void } }> {
  Razorpay?: unknown;
  addEventListener(type: string, listener: (event: { readonly key: string }) => void): void;
}

interface Options {
  readonly key: string;
  readonly order_id: string;
  readonly notes?: Readonly<Record<string, string>>;
  readonly handler?: (result: unknown) => void;
  readonly modal?: { readonly ondismiss?: () => void };
}

/** In the shop's page. Sent as text: it may use nothing of this file. */
function script(): void {
  const browser = globalThis as unknown as Browser;
  const base = new URL(browser.document.currentScript.src).origin;
  browser.Razorpay = function razorpay({ key, order_id, notes = {}, handler, modal }: Options) {
    const frame = browser.document.createElement("iframe");
    const failed: ((response: unknown) => void)[] = [];
    const close = (): void => frame.remove();
    return {
      on: (event: string, listener: (response: unknown) => void) => void (event === "payment.failed" && failed.push(listener)),
      close,
      open() {
        const { port1: port, port2 } = new browser.MessageChannel();
        frame.title = "Razorpay Checkout";
        const place = {
          position: "fixed",
          inset: "0",
          margin: "auto",
          width: "22rem",
          height: "18rem",
          border: "1px solid",
          zIndex: "9999",
        };
        Object.assign(frame.style, place, { background: "Canvas" });
        frame.src = `${base}/v1/checkout/public`;
        frame.addEventListener("load", () =>
          frame.contentWindow.postMessage({ type: "tillway-fields", key, order_id, notes }, base, [port2]),
        );
        port.onmessage = ({ data }: { readonly data: Readonly<Record<string, unknown>> }) => {
          if (data["type"] === "paid") handler?.(data["result"]);
          else if (data["type"] === "failed") for (const listener of failed) listener({ error: data["error"] });
          else if (data["type"] === "dismissed") modal?.ondismiss?.();
          else return;
          close();
        };
        browser.document.body.append(frame);
      },
    };
  };
}

/** In the frame. Sent as text: it may use nothing of this file. */
function frameScript(form: FrameForm, cards: readonly (readonly [number: string, token: string])[]): void {
  const browser = globalThis as unknown as Browser;
  form.start((port, { key, order_id, notes }) => {
    const pay = async (token: string): Promise<void> => {
      const body = JSON.stringify({ key_id: key, order_id, token, notes });
      const response = await fetch("/v1/checkout/payments", { method: "POST", headers: { "content-type": "application/json" }, body });
      const answered = (await response.json()) as { readonly error?: unknown; readonly razorpay_signature?: string };
      if (answered.error !== undefined) port.postMessage({ type: "failed", error: answered.error });
      else if (answered.razorpay_signature !== undefined) port.postMessage({ type: "paid", result: answered });
      else form.say("This card asks for a one-time password, which this window can't take. Use one from abroad: 4012 8888 8888 1881.");
    };
    browser.addEventListener("submit", () => {
      const { number } = form.read();
      const token = cards.find(([known]) => known === number)?.[1];
      if (token === undefined) form.say("This is no test card. No other number is taken, or sent anywhere.");
      else pay(token).catch(() => form.say("Razorpay (simulated) does not answer."));
    });
    browser.addEventListener("keydown", (event) => {
      if (event.key === "Escape") port.postMessage({ type: "dismissed" });
    });
  });
}
