/**
 * A stand-in for Stripe's script of hosted card fields (`https://js.stripe.com/v3/`): the card is typed into a frame of this far side, which
 * makes a payment method of it, and the shop gets its id. As much of it as a checkout page needs: `elements().create("card")`, `mount`, `on`,
 * `destroy`, `createPaymentMethod` and `handleNextAction`.
 */
import { cardPage, cardScript, type FrameElement, type FrameForm, type ShopBrowser } from "../card-form.ts";
import type { FarReply, FarRequest } from "../far-side.ts";

export const FIELDS_PATH = "/v3/";

/** A page of any shop may call from a browser, with the publishable key. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type, stripe-version",
  "access-control-allow-methods": "GET, POST",
};

/** The script, its frame, or what a browser asks before it calls; null: another request. */
export function answerBrowser({ method, path }: FarRequest): FarReply | null {
  const open = { delayMs: 0, connection: "open" } as const;
  if (method === "OPTIONS" && path.startsWith("/v1/")) return { status: 204, headers: CORS, body: "", ...open };
  if (method !== "GET") return null;
  const [asked] = path.split("?");
  if (asked === `${FIELDS_PATH}card`) return cardPage("card.js", "Card (simulated Stripe)");
  if (asked === `${FIELDS_PATH}card.js`) return cardScript(frameScript);
  if (asked !== FIELDS_PATH) return null;
  return {
    status: 200,
    headers: { ...CORS, "content-type": "text/javascript; charset=utf-8" },
    body: `(${script.toString()})();\n`,
    ...open,
  };
}

/** For the answer to a call from a browser. */
export function forBrowsers(reply: FarReply): FarReply {
  return { ...reply, headers: { ...reply.headers, "access-control-allow-origin": "*" } };
}

/** What the scripts use of a browser. */
interface Browser extends ShopBrowser<{ querySelector(selector: string): Host | null }> {
  readonly location: { assign(url: string): void };
  Stripe?: unknown;
}

interface Host {
  append(child: FrameElement): void;
}

type Answered = { readonly error?: unknown; readonly [member: string]: unknown };
type Said = Readonly<Record<string, unknown>>;

/** In the shop's page. Sent as text: it may use nothing of this file. */
function script(): void {
  const browser = globalThis as unknown as Browser;
  const base = new URL(browser.document.currentScript.src).origin;
  browser.Stripe = (key: string) => {
    const create = () => {
      const { port1: port, port2 } = new browser.MessageChannel();
      const listeners: [event: string, handler: (said: Said) => void][] = [];
      const waiting: ((said: Answered) => void)[] = [];
      const frame = browser.document.createElement("iframe");
      frame.title = "Secure card payment input frame";
      Object.assign(frame.style, { border: "0", width: "100%", height: "13rem" });
      port.onmessage = ({ data }) => {
        if (data["type"] === "answer") waiting.shift()?.(data as Answered);
        else for (const [event, handler] of listeners) if (event === data["type"]) handler({ elementType: "card", ...data });
      };
      return {
        mount(target: string | Host) {
          const host = typeof target === "string" ? browser.document.querySelector(target) : target;
          if (host === null) throw new Error("There is no such place to mount the card fields in.");
          frame.src = `${base}/v3/card`;
          frame.addEventListener("load", () => frame.contentWindow.postMessage({ type: "tillway-fields", key }, base, [port2]));
          host.append(frame);
        },
        on: (event: string, handler: (said: Said) => void) => void listeners.push([event, handler]),
        destroy: () => frame.remove(),
        ask: () =>
          new Promise<Answered>((resolve) => {
            waiting.push(resolve);
            port.postMessage({ type: "create" });
          }),
      };
    };
    return {
      elements: () => ({ create }),
      async createPaymentMethod({ card }: { readonly card: { ask(): Promise<Answered> } }) {
        const { error, paymentMethod } = await card.ask();
        return error === undefined ? { paymentMethod } : { error };
      },
      async handleNextAction({ clientSecret }: { readonly clientSecret: string }) {
        const id = clientSecret.split("_secret_")[0]!;
        const headers = { authorization: `Bearer ${key}` };
        const response = await fetch(`${base}/v1/payment_intents/${id}?client_secret=${clientSecret}`, { method: "GET", headers });
        const { error, ...paymentIntent } = (await response.json()) as Answered;
        if (error !== undefined) return { error };
        const action = paymentIntent["next_action"] as { readonly redirect_to_url?: { readonly url: string } } | null;
        if (action?.redirect_to_url !== undefined) browser.location.assign(action.redirect_to_url.url);
        return { paymentIntent };
      },
    };
  };
}

/** In the frame: the only place where the card is seen. Sent as text: it may use nothing of this file. */
function frameScript(form: FrameForm): void {
  form.start((port, { key }) => {
    const createMethod = async (): Promise<Answered> => {
      const { number, month, year, cvc } = form.read();
      const card = { number, exp_month: month, exp_year: year, cvc };
      const fields = Object.entries(card).map(([name, text]) => [`card[${name}]`, text] as const);
      const body = new URLSearchParams({ type: "card", ...Object.fromEntries(fields) });
      const response = await fetch("/v1/payment_methods", { method: "POST", headers: { authorization: `Bearer ${String(key)}` }, body });
      return (await response.json()) as Answered;
    };
    port.onmessage = () => {
      createMethod().then(
        ({ error, ...paymentMethod }) => {
          form.say((error as { readonly message?: string } | undefined)?.message ?? "");
          port.postMessage({ type: "answer", ...(error === undefined ? { paymentMethod } : { error }) });
        },
        () => port.postMessage({ type: "answer", error: { type: "api_connection_error", message: "Stripe (simulated) does not answer." } }),
      );
    };
  });
}
