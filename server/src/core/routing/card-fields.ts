/** Whose card fields a shopper is shown: a card is typed before the charge, and its token may be worth nothing at any other account. */
import type { Context, Refusal } from "../change.ts";
import type { PaymentMethod, Snapshot } from "../model.ts";
import { obstacleAt, refusalBy } from "./able.ts";
import { firstThatAnswers } from "./choose.ts";
import { candidatesOf } from "./rules.ts";

type Account = Snapshot["accounts"][number];

/**
 * The account that a card payment of this amount and currency would go to now, of those for which `shows` gives something to show. A rule
 * about networks does not fit yet: nobody knows the card.
 */
export function chooseFields<Shown>(
  snapshot: Pick<Snapshot, "payment" | "accounts" | "rules">,
  shows: (account: Account) => Shown | null,
  context: Pick<Context, "capabilities" | "healthOf">,
): { readonly account: Account; readonly shown: Shown } | Refusal {
  const withCardOf = (connector: string) => ({ ...snapshot.payment, method: cardOf(connector) });
  const offers = candidatesOf({ ...snapshot, payment: withCardOf("") }).accounts.map((account) => ({
    account,
    shown: shows(account),
    obstacle: obstacleAt(account, withCardOf(account.connector), context),
  }));
  const able = offers.flatMap(({ account, shown, obstacle }) => (shown === null || obstacle !== null ? [] : [{ account, shown }]));
  const { chosen } = firstThatAnswers(
    able.map(({ account }) => account),
    context,
  );
  const taken = able.find(({ account }) => account === chosen);
  if (taken) return taken;
  const found = offers.flatMap(({ account, obstacle, shown }) => {
    if (obstacle !== null) return [{ ...obstacle, connector: account.connector }];
    return shown === null ? [{ code: "unsupported_method" as const, why: NO_FIELDS, connector: account.connector }] : [];
  });
  return refusalBy(found) ?? { code: "unsupported_method", param: "method", message: "No account is enabled. Enable one, or make one." };
}

const NO_FIELDS = "it has no card fields here, or its account lacks the public key that they need";

function cardOf(connector: string): PaymentMethod {
  return { type: "card", connector, token: "", network: null, last4: null };
}
