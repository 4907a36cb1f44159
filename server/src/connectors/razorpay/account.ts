/** What an account at Razorpay is made of, and how its keys are tested. */
import type { ConnectorAccount } from "../../core/model.ts";
import type { AccountRules, CheckResult } from "../../core/ports/connector.ts";
import { exchange, readCheck, type ClientDeps } from "../exchange.ts";
import { authorizationOf } from "./requests.ts";

export const razorpayAccounts: AccountRules = {
  modes: ["test", "live"],
  credentials: [
    {
      name: "key_id",
      isSecret: false,
      isOptional: false,
      pattern: String.raw`\w{12,64}`,
      prefixes: { test: ["rzp_test_"], live: ["rzp_live_"] },
      help: "Razorpay's dashboard shows it under Account & Settings, API keys.",
    },
    {
      name: "key_secret",
      isSecret: true,
      isOptional: false,
      pattern: String.raw`[\w-]{8,128}`,
      help: "Razorpay's dashboard shows it once, when the key is made.",
    },
    {
      name: "webhook_secret",
      isSecret: true,
      isOptional: true,
      pattern: "[!-~]{8,255}",
      help: "The text that you type into Razorpay's dashboard as the secret of the webhook at the account's webhook_url: 8 to 255 printable characters without spaces.",
    },
    {
      name: "refund_speed",
      isSecret: false,
      isOptional: true,
      pattern: "normal|optimum",
      help: "How refunds are sent: normal (left out), or optimum, which is at once where the bank can, for a fee.",
    },
  ],
};

/** Lists one payment. */
export async function checkAccount(deps: ClientDeps, account: ConnectorAccount): Promise<CheckResult> {
  const headers = { authorization: authorizationOf(account) };
  const request = { kind: "question", method: "GET", path: "/v1/payments?count=1", headers, body: null, evidence: null } as const;
  return readCheck((await exchange(deps, request)).result);
}
