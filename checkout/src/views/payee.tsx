/** Whom the shopper pays, how much, and what for: the same before there is an order and after. */
import type { JSX } from "preact";
import type { View } from "../contract.ts";
import type { Say } from "../i18n.ts";

/** Signs of an amount that is too wide for a small phone in the size of most. */
const LONG = 13;

interface PayeeProps {
  readonly merchant: Pick<View["merchant"], "name" | "logo">;
  /** null: the shopper has not said yet. */
  readonly amount: string | null;
  readonly description: string | null | undefined;
  readonly say: Say;
}

export function Payee({ merchant, amount, description, say }: PayeeProps): JSX.Element {
  return (
    <>
      <div class="merchant">
        {merchant.logo === null ? (
          <span class="initial" aria-hidden="true">
            {Array.from(merchant.name)[0]?.toLocaleUpperCase()}
          </span>
        ) : (
          <img class="logo" src={merchant.logo} alt="" />
        )}
        <h1 dir="auto">{say("pay_to", { merchant: merchant.name })}</h1>
      </div>
      {amount !== null && (
        <p class={`amount${amount.length > LONG ? " amount-long" : ""}`}>
          <span class="hidden">{say("total")} </span>
          <bdi>{amount}</bdi>
        </p>
      )}
      {description && (
        <p class="about" dir="auto">
          {description}
        </p>
      )}
    </>
  );
}
