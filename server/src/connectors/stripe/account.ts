/** Accounts at Stripe: what they are made of, and how their key is tested. */
import type { ConnectorAccount } from "../../core/model.ts";
import type { AccountRules, CheckResult } from "../../core/ports/connector.ts";
import { exchange, readCheck, type ClientDeps } from "../exchange.ts";
import { INTENTS } from "./charge.ts";
import { headersOf } from "./client.ts";

const REST = "[A-Za-z0-9_]{8,250}";

export const stripeAccounts: AccountRules = {
  modes: ["test", "live"],
  credentials: [
    {
      name: "secret_key",
      isSecret: true,
      isOptional: false,
      pattern: `[rs]k_(test|live)_${REST}`,
      prefixes: { test: ["sk_test_", "rk_test_"], live: ["sk_live_", "rk_live_"] },
      help: "The secret key of Stripe's dashboard under Developers, API keys; or a restricted key that may write PaymentIntents and refunds.",
    },
    {
      name: "webhook_secret",
      isSecret: true,
      isOptional: true,
      pattern: "whsec_[A-Za-z0-9+/=_-]{8,250}",
      help: "The signing secret of the webhook endpoint in Stripe's dashboard. It is there once the account's webhook_url is registered: add it by a rotation.",
    },
    {
      name: "publishable_key",
      isSecret: false,
      isOptional: true,
      pattern: `pk_(test|live)_${REST}`,
      prefixes: { test: ["pk_test_"], live: ["pk_live_"] },
      help: "The publishable key beside the secret key: the shopper's browser makes tokens of cards with it.",
    },
    {
      name: "receipts",
      isSecret: false,
      isOptional: true,
      pattern: "none|stripe",
      help: "Who mails receipts: stripe, which sends its own to customer.email of a live payment, or none (left out).",
    },
  ],
};

/** Lists one intent: the least that each key needs to be of use here. */
export async function checkAccount(deps: ClientDeps, account: ConnectorAccount): Promise<CheckResult> {
  const { result } = await exchange(deps, {
    kind: "question",
    method: "GET",
    path: `${INTENTS}?limit=1`,
    headers: headersOf(account),
    body: null,
    evidence: null,
  });
  return readCheck(result);
}
