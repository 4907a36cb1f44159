import { KEYS_MAX } from "../../core/constants.ts";
import { newId } from "../../core/ids.ts";
import type { AccountTemplate } from "../../core/ports/connector.ts";
import { scopes } from "../../core/permissions.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Deps } from "../deps.ts";
import { newKey, secretText } from "./keys.ts";

export interface CreatedMerchant {
  readonly merchantId: string;
  readonly key: string;
  readonly secret: string;
  readonly accountId: string;
  /** Verifies the gateway's webhooks to us. */
  readonly gatewaySecret: string;
}

type SetupDeps = Pick<Deps, "settings" | "clock" | "random">;

const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** Creates a merchant with one API key of mode `test` and one account as `template` says. Throws `TillwayError` invalid_field where the e-mail is taken. */
export async function createMerchant(
  deps: SetupDeps,
  input: { readonly name: string; readonly email: string },
  template: AccountTemplate,
): Promise<CreatedMerchant> {
  if (!EMAIL.test(input.email))
    throw new TillwayError("invalid_field", { param: "email", message: "The e-mail must look like name@example.com." });
  const now = deps.clock.now();
  const merchantId = newId("mer", now, deps.random.bytes(16));
  if ((await deps.settings.createMerchant({ id: merchantId, name: input.name, email: input.email, createdAt: now })) === "email_taken") {
    throw new TillwayError("invalid_field", { param: "email", message: "A merchant with this e-mail exists already." });
  }
  return { merchantId, ...(await issueTestKey(deps, merchantId, template)) };
}

/**
 * Another key for a merchant that exists, e.g. if the file with the first one was lost; and the account, if a process that
 * died at the first start left the merchant without one.
 */
export async function issueTestKey(
  deps: SetupDeps,
  merchantId: string,
  template: AccountTemplate,
): Promise<Omit<CreatedMerchant, "merchantId">> {
  const accountId = `acc_${merchantId.slice(merchantId.indexOf("_") + 1)}`;
  const known = await deps.settings.account(accountId);
  const gatewaySecret = known?.credentials["webhook_secret"] ?? secretText(deps, 32);
  if (!known) await addAccount(deps, { merchantId, accountId, gatewaySecret }, template);
  const made = newKey(deps, { merchantId, mode: "test" }, { name: "Default", scopes });
  if ((await deps.settings.createKey(made)) === "full")
    throw new TillwayError("invalid_state", {
      message: `The merchant has ${KEYS_MAX} keys in force, which is the most. Revoke one first.`,
    });
  return { key: made.key, secret: made.secret, accountId, gatewaySecret };
}

function addAccount(
  deps: SetupDeps,
  { merchantId, accountId, gatewaySecret }: Pick<CreatedMerchant, "merchantId" | "accountId" | "gatewaySecret">,
  { connector, credentials }: AccountTemplate,
): Promise<void> {
  const filled = Object.entries(credentials).map(([name, text]): [string, string] => [
    name,
    text.replace("{account}", accountId).replace("{secret}", gatewaySecret),
  ]);
  return deps.settings.putAccount({
    merchantId,
    mode: "test",
    id: accountId,
    connector,
    priority: 1,
    status: "enabled",
    credentials: Object.fromEntries(filled),
    createdAt: deps.clock.now(),
  });
}
