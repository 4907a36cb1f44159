/** What a shopper's browser needs to show the card fields of the gateway that a payment would go to. */
import { TillwayError } from "../../core/errors.ts";
import type { Scope } from "../../core/model.ts";
import { publicConfig, type HostedFields } from "../../core/ports/hosted-fields.ts";
import { chooseFields } from "../../core/routing/card-fields.ts";
import { contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { healthShown } from "../health.ts";

export interface CardFieldsOffer {
  readonly fields: HostedFields;
  readonly config: Readonly<Record<string, string>>;
  /** Where alone a token of these fields can be charged; null: at each account of its gateway. */
  readonly account: string | null;
}

/**
 * Nothing is written: whoever pays sends the account back with the token. @param fields by connector. Throws `TillwayError` not_found,
 * invalid_state (its charge was asked for), unsupported_method, unsupported_currency, unsupported_amount.
 */
export async function cardFieldsFor(
  deps: Deps,
  scope: Scope,
  paymentId: string,
  fields: ReadonlyMap<string, HostedFields>,
): Promise<CardFieldsOffer> {
  const [snapshot, accounts] = await Promise.all([deps.store.load(scope, paymentId), deps.settings.accounts(scope)]);
  if (snapshot === null) throw new TillwayError("not_found");
  const { status } = snapshot.payment;
  if (status !== "created")
    throw new TillwayError("invalid_state", {
      paymentId,
      message: `The payment is ${status}: a card is typed before a payment is confirmed. Create another payment for another try.`,
    });
  const context = { ...contextOf(deps), healthOf: (accountId: string) => healthShown(deps, accountId) };
  const chosen = chooseFields(
    snapshot,
    ({ id, connector }) => {
      const own = fields.get(connector);
      const credentials = accounts.find((account) => account.id === id)?.credentials;
      return own && credentials ? publicConfig(own, deps.connectors.get(connector)?.accounts, credentials) : null;
    },
    context,
  );
  if ("code" in chosen) throw new TillwayError(chosen.code, { ...chosen, paymentId });
  const { account, shown: config } = chosen;
  const own = fields.get(account.connector)!;
  return { fields: own, config, account: own.tokens === "account" ? account.id : null };
}
