import { newId } from "../../core/ids.ts";
import type { Ms } from "../../core/model.ts";
import type { AccountTemplate } from "../../core/ports/connector.ts";
import { scopes } from "../../core/permissions.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Deps } from "../deps.ts";

export interface CreatedMerchant {
  readonly merchantId: string;
  readonly key: string;
  readonly secret: string;
  readonly accountId: string;
  /** Verifies the gateway's webhooks to us. */
  readonly gatewaySecret: string;
}

const EMAIL = /^[^\s@]+@[^\s@]+$/;
const KEY_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";

/** Creates a merchant with one API key of mode `test` and one account as `template` says. Throws `TillwayError` invalid_field where the e-mail is taken. */
export async function createMerchant(
  deps: Pick<Deps, "settings" | "clock" | "random">,
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
  deps: Pick<Deps, "settings" | "clock" | "random">,
  merchantId: string,
  template: AccountTemplate,
): Promise<Omit<CreatedMerchant, "merchantId">> {
  const accountId = `acc_${merchantId.slice(merchantId.indexOf("_") + 1)}`;
  const known = await deps.settings.account(accountId);
  const gatewaySecret = known?.credentials["webhook_secret"] ?? secretText(deps, 32);
  if (!known) await addAccount(deps, { merchantId, accountId, gatewaySecret }, template);
  const issued = { merchantId, key: `pk_test_${secretText(deps, 24)}`, secret: `sk_test_${secretText(deps, 32)}` };
  await addKey(deps, issued, deps.clock.now());
  return { key: issued.key, secret: issued.secret, accountId, gatewaySecret };
}

function addAccount(
  deps: Pick<Deps, "settings" | "clock">,
  { merchantId, accountId, gatewaySecret }: Pick<CreatedMerchant, "merchantId" | "accountId" | "gatewaySecret">,
  { connector, credentials }: AccountTemplate,
): Promise<void> {
  const filled = Object.entries(credentials).map(([name, text]) => [
    name,
    text.replace("{account}", accountId).replace("{secret}", gatewaySecret),
  ]);
  return deps.settings.putAccount({
    ...testScope({ merchantId }),
    id: accountId,
    connector,
    priority: 1,
    status: "enabled",
    credentials: Object.fromEntries(filled) as Record<string, string>,
    createdAt: deps.clock.now(),
  });
}

function addKey(
  deps: Pick<Deps, "settings" | "clock" | "random">,
  created: Pick<CreatedMerchant, "merchantId" | "key" | "secret">,
  now: Ms,
): Promise<void> {
  const id = newId("key", now, deps.random.bytes(16));
  return deps.settings.createKey({ ...testScope(created), id, key: created.key, secret: created.secret, scopes, createdAt: now });
}

function testScope(created: Pick<CreatedMerchant, "merchantId">) {
  return { merchantId: created.merchantId, mode: "test" as const };
}

/** About 5.7 bits a character; 32 characters are beyond guessing. */
function secretText(deps: Pick<Deps, "random">, length: number): string {
  return Array.from(deps.random.bytes(length), (byte) => KEY_ALPHABET[byte % KEY_ALPHABET.length]).join("");
}
