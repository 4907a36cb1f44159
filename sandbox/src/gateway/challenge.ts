/** The authentication page of the far side: where `requires_action` sends the shopper. */
import { answer, type Circumstances, type FarRequest, type Handled } from "../far-side.ts";
import { type Ledger, type OperationRecord, scriptOf, type Tail } from "../ledger.ts";
import { statusOf } from "../status.ts";
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
  const open = statusOf(record, now).status === "requires_action";
  if (request.method === "GET") return only(html(page(record, reference, open)));
  if (verdict !== "complete" && verdict !== "fail") return only(refuse("no_route"));
  // Never where the page's own address says: anybody could make a link of ours that leads anywhere.
  const { returnUrl = null } = record;
  const reply = returnUrl === null ? answer(200, JSON.stringify({ done: open, verdict })) : redirect(new URL(returnUrl).href);
  if (!open) return only(reply);
  const tail = tailOf(record, verdict, now);
  const entries = owedForTail(account, { ...record, tail }, settings.publicUrl);
  return { entries: [{ kind: "tail", account: account.id, key: record.key, tail }, ...entries], reply };
}

function tailOf(record: OperationRecord, verdict: "complete" | "fail", at: number): Tail {
  if (verdict === "fail") return { at, status: "declined", code: "authentication_failed" };
  const code = scriptOf(record.scenario, "charge").afterChallenge ?? null;
  return { at, status: code === null ? "approved" : "declined", code };
}

/** Its forms name their targets relative to the page, so that it works behind any prefix. */
function page(record: OperationRecord, reference: string, open: boolean): string {
  const button = (verdict: string, text: string): string =>
    `<form method="post" action="${escapeHtml(reference)}/${verdict}"><button>${text}</button></form>`;
  const body = open
    ? button("complete", "Complete authentication") + button("fail", "Fail authentication")
    : "<p>This is over. You may close the page.</p>";
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox bank</title><style>body{font:16px system-ui;margin:4rem auto;max-width:24rem}button{font:inherit;margin:.5rem 0;padding:.5rem 1rem}</style><main><h1>Sandbox bank</h1><p>Payment of ${record.amount} ${record.currency} (minor units).</p>${body}</main></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
