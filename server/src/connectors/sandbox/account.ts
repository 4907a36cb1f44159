/** Accounts at the sandbox: what they are made of, how they are registered there, and how their credentials are tested. */
import type { ConnectorAccount } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { AccountRules, CheckResult } from "../../core/ports/connector.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import { exchange, isObject, parse, readCheck, type ClientDeps, type GatewayContext } from "../exchange.ts";

const KEY = "[!-~]{8,200}";

/** No money moves at the sandbox, so no live account is there. */
export const sandboxAccounts: AccountRules = {
  modes: ["test"],
  credentials: [
    {
      name: "api_key",
      isSecret: true,
      isOptional: false,
      pattern: KEY,
      help: "Choose any text of 8 to 200 printable characters without spaces: the sandbox takes the first that an account shows, and then no other.",
    },
    {
      name: "webhook_secret",
      isSecret: true,
      isOptional: false,
      pattern: KEY,
      help: "Choose any text of 8 to 200 printable characters without spaces: the sandbox signs its webhooks with it.",
    },
  ],
};

/**
 * Without a `webhookBaseUrl` the address that another process registered stays; one that is only a guess counts until another process
 * registers one.
 */
export type AccountDeps = ClientDeps & Partial<Pick<GatewayContext, "webhookBaseUrl" | "isGuess">>;

/** The accounts that this process has registered at the far side, each with the webhook secret that it had then. */
export function registrations(deps: AccountDeps) {
  const registered = new Map<string, { readonly secret: string; readonly done: Promise<Outcome | null> }>();
  return {
    /** Null: it is registered. Otherwise the outcome of the request that was to follow, which never left. */
    async sure(account: ConnectorAccount): Promise<Outcome | null> {
      const secret = account.credentials["webhook_secret"] ?? "";
      const known = registered.get(account.id);
      const done = known?.secret === secret ? known.done : register(deps, account);
      registered.set(account.id, { secret, done });
      const failure = await done;
      if (failure !== null) registered.delete(account.id);
      return failure;
    },
    forget: ({ id }: ConnectorAccount): void => void registered.delete(id),
  };
}

async function register(deps: AccountDeps, account: ConnectorAccount): Promise<Outcome | null> {
  const address = { [deps.isGuess ? "webhook_url_if_none" : "webhook_url"]: deps.webhookBaseUrl };
  const body = JSON.stringify({ ...address, webhook_secret: account.credentials["webhook_secret"] ?? "" });
  const path = `/accounts/${encodeURIComponent(account.id)}`;
  const headers = { ...headersOf(account), "content-type": "application/json" };
  const { result } = await exchange(deps, { kind: "send", method: "POST", path, headers, body, evidence: null });
  if (result.kind === "answer" && result.status === 200) return null;
  if (result.kind === "answer" && result.status >= 400 && result.status < 500 && result.status !== 429) {
    return { kind: "rejected", code: "account_refused", message: "The sandbox refused the account's credentials." };
  }
  return { kind: "not_sent", reason: `account not registered: ${result.kind === "answer" ? `status ${result.status}` : result.reason}` };
}

/** Lists charges of a time that has not come. An account that is not there yet is registered by its first payment. */
export async function checkAccount(deps: AccountDeps, account: ConnectorAccount): Promise<CheckResult> {
  const path = `/charges?since=${Number.MAX_SAFE_INTEGER}`;
  const headers = headersOf(account);
  const { result } = await exchange(deps, { kind: "question", method: "GET", path, headers, body: null, evidence: null });
  return isForgotten(result) ? { kind: "ok" } : readCheck(result);
}

/** Of each request about an account. */
export function headersOf({ id, credentials }: ConnectorAccount) {
  return { authorization: `Bearer ${credentials["api_key"] ?? ""}`, "sandbox-account": id };
}

/** The far side does not know the account, and has refused without effect. */
export function isForgotten(result: HttpResult): boolean {
  if (result.kind !== "answer" || result.status !== 401) return false;
  const error = parse(result.body)?.["error"];
  return isObject(error) && error["code"] === "unknown_account";
}
