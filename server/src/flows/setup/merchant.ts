import { KEYS_MAX } from "../../core/constants.ts";
import { newId } from "../../core/ids.ts";
import type { AccountRow, Scope } from "../../core/model.ts";
import type { AccountTemplate } from "../../core/ports/connector.ts";
import { scopes } from "../../core/permissions.ts";
import { TillwayError } from "../../core/errors.ts";
import type { ApiKey, Merchant } from "../../core/ports/settings.ts";
import type { Deps } from "../deps.ts";
import { inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";
import { newKey, secretText, unused } from "./keys.ts";

export interface CreatedMerchant {
  readonly merchantId: string;
  readonly key: string;
  readonly secret: string;
  readonly accountId: string;
  /** Verifies the gateway's webhooks to us. */
  readonly gatewaySecret: string;
}

type SetupDeps = Pick<Deps, "settings" | "clock" | "random" | "versions">;

const EMAIL = /^[^\s@]+@[^\s@]+$/;

interface MerchantInput {
  readonly name: string;
  readonly email: string;
  /** Where its days begin; left out: UTC. */
  readonly timeZone?: string | undefined;
}

/** Creates a merchant with one API key of mode `test` and one account as `template` says, or nothing. Throws `TillwayError` conflicting_field where the e-mail is taken. */
export async function createMerchant(deps: SetupDeps, input: MerchantInput, template: AccountTemplate): Promise<CreatedMerchant> {
  const { merchant, account, key } = newMerchant(deps, input, template);
  if ((await deps.settings.createMerchant(merchant, { account, key })) !== "created") throw emailTaken();
  const gatewaySecret = account.credentials["webhook_secret"]!;
  return { merchantId: merchant.id, key: key.key, secret: key.secret, accountId: account.id, gatewaySecret };
}

/** A request of the operator. */
export interface MerchantRequest {
  readonly caller: Caller;
  /** What the answer shows, but for the secret. */
  readonly show: (merchant: Merchant, key: ApiKey) => object & { readonly api_key: object };
}

/**
 * The same, once per idempotency key of the operator: a repeat within a day gets the same answer, with the key's secret. Throws `TillwayError`
 * conflicting_field where the e-mail is taken.
 */
export async function addMerchant(deps: Deps, request: MerchantRequest, input: MerchantInput, template: AccountTemplate): Promise<Answer> {
  const before = await repeated(deps, request.caller);
  if (before) return before;
  const { merchant, account, key } = newMerchant(deps, input, template);
  const shown = request.show(merchant, unused(key));
  const withSecret = (secret: string): string => JSON.stringify({ ...shown, api_key: { ...shown.api_key, secret } });
  const answerBody = withSecret(deps.settings.sealSecret(key, key.id, key.secret));
  const idempotency = rowFor(deps, request.caller, { subject: merchant.id, status: 201, answerBody });
  const result = await deps.settings.createMerchant(merchant, { account, key, idempotency });
  // The same request a moment ago has taken the e-mail as well as the key.
  if (result === "email_taken") return (await repeated(deps, request.caller)) ?? Promise.reject(emailTaken());
  if (result === "duplicate") return (await repeated(deps, request.caller)) ?? inProgress();
  deps.log.info({ merchant_id: merchant.id, request_id: request.caller.requestId }, "a merchant was created");
  return { status: 201, body: withSecret(key.secret), replayed: false };
}

/** Under which the operator's own idempotency keys stand: no merchant's id. */
export const operatorScope: Scope = { merchantId: "operator", mode: "test" };

async function repeated(deps: Deps, caller: Caller): Promise<Answer | null> {
  const stored = await storedAnswer(deps, caller);
  if (!stored?.answer) return null;
  const shown = JSON.parse(stored.answer.body) as { readonly api_key: { readonly id: string; readonly secret: string } };
  const secret = deps.settings.openSecret({ merchantId: stored.row.subject!, mode: "test" }, shown.api_key.id, shown.api_key.secret);
  return { ...stored.answer, body: JSON.stringify({ ...shown, api_key: { ...shown.api_key, secret } }) };
}

function newMerchant(deps: SetupDeps, { name, email, timeZone = "UTC" }: MerchantInput, template: AccountTemplate) {
  if (!EMAIL.test(email))
    throw new TillwayError("invalid_field", { param: "email", message: "The e-mail must look like name@example.com." });
  const now = deps.clock.now();
  const merchant: Merchant = { id: newId("mer", now, deps.random.bytes(16)), name, email, timeZone, createdAt: now };
  const account = newAccount(deps, { merchantId: merchant.id, gatewaySecret: secretText(deps, 32) }, template);
  const key = newKey(deps, { merchantId: merchant.id, mode: "test" }, { name: "Default", scopes });
  return { merchant, account, key };
}

function emailTaken(): TillwayError {
  return new TillwayError("conflicting_field", { param: "email", message: "A merchant with this e-mail exists already." });
}

/**
 * Another key for a merchant that exists, e.g. if the file with the first one was lost; and the account, if an older version died while it
 * made the merchant.
 */
export async function issueTestKey(
  deps: SetupDeps,
  merchantId: string,
  template: AccountTemplate,
): Promise<Omit<CreatedMerchant, "merchantId">> {
  const accountId = accountIdOf(merchantId);
  const known = await deps.settings.account(accountId);
  const gatewaySecret = known?.credentials["webhook_secret"] ?? secretText(deps, 32);
  if (!known) await deps.settings.putAccount(newAccount(deps, { merchantId, gatewaySecret }, template));
  const made = newKey(deps, { merchantId, mode: "test" }, { name: "Default", scopes });
  if ((await deps.settings.createKey(made)) === "full")
    throw new TillwayError("invalid_state", {
      message: `The merchant has ${KEYS_MAX} keys in force, which is the most. Revoke one first.`,
    });
  return { key: made.key, secret: made.secret, accountId, gatewaySecret };
}

function accountIdOf(merchantId: string): string {
  return `acc_${merchantId.slice(merchantId.indexOf("_") + 1)}`;
}

function newAccount(
  deps: Pick<Deps, "clock">,
  { merchantId, gatewaySecret }: Pick<CreatedMerchant, "merchantId" | "gatewaySecret">,
  { connector, credentials, status = "enabled" }: AccountTemplate,
): AccountRow {
  const id = accountIdOf(merchantId);
  const filled = Object.entries(credentials).map(([name, text]): [string, string] => [
    name,
    text.replace("{account}", id).replace("{secret}", gatewaySecret),
  ]);
  return {
    merchantId,
    mode: "test",
    id,
    connector,
    name: "Default",
    priority: 1,
    status,
    credentials: Object.fromEntries(filled),
    credentialsSetAt: {},
    previousSecretUntil: null,
    verifiedAt: null,
    closedAt: null,
    version: 1,
    createdAt: deps.clock.now(),
  };
}
