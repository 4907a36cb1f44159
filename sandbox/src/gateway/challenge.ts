/** The authentication page of the gateway: `requires_action` sends the shopper here. */
import { answer, type Circumstances, type FarReply, type FarRequest, type Handled } from "../far-side.ts";
import { type Ledger, type OperationRecord, scriptOf, type Tail } from "../ledger.ts";
import { type OperationStatus, statusOf } from "../status.ts";
import { html, keyOfReference, only, redirect, refuse } from "./answers.ts";
import type { SandboxSettings } from "./settings.ts";
import { owedForTail } from "./webhooks.ts";

/** `GET /challenges/{account}/{reference}` shows the page; `POST …/complete` and `…/fail` decide. No bank knows the shopper by key. */
export function challenge(ledger: Ledger, settings: SandboxSettings, { request, now }: { request: FarRequest } & Circumstances): Handled {
  const [path = ""] = request.path.split("?");
  const [, , accountId = "", reference = "", verdict] = path.split("/");
  const account = ledger.accounts.get(accountId);
  const record = account?.operations.get(keyOfReference(reference));
  if (account === undefined || record === undefined || record.operation !== "charge") return only(refuse("not_found"));
  const { status } = statusOf(record, now);
  if (request.method === "GET") return only(html(page(record, reference, status)));
  if (verdict !== "complete" && verdict !== "fail") return only(refuse("no_route"));
  // A cancel that was confirmed is final, whatever the shopper does on a page that was open before it.
  if (status === "canceled") return only({ ...html(page(record, reference, status)), status: 409 });
  if (status !== "requires_action") return only(wayBack(record, status));
  const tail = tailOf(record, verdict, now);
  const after = { ...record, tail };
  const entries = owedForTail(account, after, settings.publicUrl);
  return {
    entries: [{ kind: "tail", account: account.id, key: record.key, tail }, ...entries],
    reply: wayBack(after, statusOf(after, now).status),
  };
}

function wayBack(record: OperationRecord, status: OperationStatus): FarReply {
  const url = returnUrlOf(record, status);
  return url === null ? answer(200, JSON.stringify({ status })) : redirect(url);
}

/**
 * The shop's return URL, with `status` as one more query parameter. The page's own address can't name another place: anybody could
 * make a link of ours that leads anywhere.
 */
function returnUrlOf({ returnUrl }: OperationRecord, status: OperationStatus): string | null {
  if (returnUrl === null || returnUrl === undefined) return null;
  const [head = "", ...fragment] = returnUrl.split("#");
  const joint = !head.includes("?") ? "?" : /[?&]$/.test(head) ? "" : "&";
  const hint = `${joint}status=${status === "declined" ? "failed" : status}`;
  return new URL([head + hint, ...fragment].join("#")).href;
}

function tailOf(record: OperationRecord, verdict: "complete" | "fail", at: number): Tail {
  if (verdict === "fail") return { at, status: "declined", code: "authentication_failed" };
  const code = scriptOf(record.scenario, "charge").afterChallenge ?? null;
  return { at, status: code === null ? "approved" : "declined", code };
}

/** Its forms name their targets relative to the page, so that it works behind any prefix. */
function page(record: OperationRecord, reference: string, status: OperationStatus): string {
  const button = (verdict: string, text: string): string =>
    `<form method="post" action="${escapeHtml(reference)}/${verdict}"><button>${text}</button></form>`;
  const back = returnUrlOf(record, status);
  const over = status === "canceled" ? "This payment was called off. Nothing was charged." : "This is over. You may close the page.";
  const body =
    status === "requires_action"
      ? button("complete", "Complete authentication") + button("fail", "Fail authentication")
      : `<p>${over}</p>${back === null ? "" : `<p><a href="${escapeHtml(back)}">Back to the shop</a></p>`}`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox bank</title><style>body{font:16px system-ui;margin:4rem auto;max-width:24rem}button{font:inherit;margin:.5rem 0;padding:.5rem 1rem}</style><main><h1>Sandbox bank</h1><p>Payment of ${record.amount} ${record.currency} (minor units).</p>${body}</main></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
