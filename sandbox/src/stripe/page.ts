/** The page where the shopper passes or fails the authentication of a card. */
import { approve, authenticationFailed, declined } from "./bank.ts";
import type { Answer } from "./errors.ts";
import type { Desk } from "./events.ts";
import type { Intent } from "./state.ts";
import { shown } from "./currencies.ts";

/** `GET /3ds/{intent}/{challenge}` shows it, `POST …/approve` and `POST …/refuse` decide. Whoever knows the address is the shopper. */
export function challengePage(desk: Desk, method: string, path: string): Answer {
  const [, , id = "", challenge = "", verdict] = path.split("/");
  const intent = desk.state.intents.get(id);
  if (intent === undefined || intent.challenge !== challenge) return html(404, "<p>There is no such payment.</p>");
  const isOpen = intent.status === "requires_action";
  if (method !== "POST") return html(200, isOpen ? question(intent, challenge) : over(intent));
  if (verdict !== "approve" && verdict !== "refuse") return html(404, "<p>There is no such choice.</p>");
  if (isOpen) decide(desk, intent, verdict === "approve");
  const back = wayBack(intent);
  // Called off meanwhile, or decided before: the shopper learns how it stands, and nothing changes.
  if (back === null || (!isOpen && intent.status === "canceled")) return html(isOpen ? 200 : 409, over(intent));
  return { status: 303, body: "", stored: false, headers: { location: back } };
}

function decide(desk: Desk, intent: Intent, isApproved: boolean): void {
  const { decline } = intent.method!.behaviour;
  if (!isApproved) authenticationFailed(desk, intent);
  else if (decline === undefined) approve(desk, intent);
  else declined(desk, intent, decline);
}

/** The shop's address with Stripe's parameters. They prove nothing: the shop has to ask. */
function wayBack({ returnUrl, id, clientSecret, status }: Intent): string | null {
  if (returnUrl === null) return null;
  const url = new URL(returnUrl);
  url.searchParams.set("payment_intent", id);
  url.searchParams.set("payment_intent_client_secret", clientSecret);
  url.searchParams.set("redirect_status", status === "succeeded" || status === "requires_capture" ? "succeeded" : "failed");
  return url.href;
}

function question({ id, amount, currency }: Intent, challenge: string): string {
  const button = (verdict: string, text: string): string =>
    `<form method="post" action="/3ds/${id}/${challenge}/${verdict}"><button>${text}</button></form>`;
  return `<p>Payment of ${shown(amount, currency)}.</p>${button("approve", "Complete authentication")}${button("refuse", "Fail authentication")}`;
}

function over({ status }: Intent): string {
  return `<p>This is over: the payment is ${status}. You may close the page.</p>`;
}

function html(status: number, inner: string): Answer {
  const style = "body{font:16px system-ui;margin:4rem auto;max-width:24rem}button{font:inherit;margin:.5rem 0;padding:.5rem 1rem}";
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>3D Secure (simulated)</title><style>${style}</style><main><h1>3D Secure, simulated</h1>${inner}</main></html>`;
  return { status, body, stored: false, headers: { "content-type": "text/html; charset=utf-8" } };
}
