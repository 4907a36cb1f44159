/** Planted bugs about how money is counted. */
import type { Change } from "../core/change.ts";
import { exponentOf, toDecimal } from "../core/money.ts";
import type { Plant } from "./plant.ts";

export const moneyPlants: readonly Plant[] = [
  {
    name: "amount-in-the-wrong-exponent",
    why: "Every currency taken for one with two decimals: 500 yen are charged as 50000, and dinars lose their last digit.",
    connector: (connector) => ({
      ...connector,
      send: async (call) => {
        const { amount, currency } = call.attempt;
        const wrong = amountWithTwoDecimals(amount, currency);
        const { outcome, exchanges } = await connector.send({ ...call, attempt: { ...call.attempt, amount: wrong } });
        // Read by the same wrong table, the answer seems right.
        return { outcome: "figures" in outcome ? { ...outcome, figures: { amount, currency } } : outcome, exchanges };
      },
    }),
  },
  {
    name: "inexpressible-amount-sent",
    why: "A gateway's steps and limits unknown to the rules: what it can't express is found out by sending it, after the attempt is written.",
    capabilities: { amounts: {} },
  },
  {
    name: "cumulative-refund-counted-twice",
    why: "Some gateways answer a refund with all that was given back so far, or is on its way; added up once more, the first refund counts twice.",
    store: (store) => ({ ...store, commit: (change) => store.commit(withCumulativeRefund(change)) }),
  },
];

function amountWithTwoDecimals(amount: number, currency: string): number {
  const decimal = toDecimal(amount, exponentOf(currency) ?? 2);
  const [whole = "", fraction = ""] = decimal.split(".");
  return Math.max(1, Number(`${whole}${fraction.slice(0, 2).padEnd(2, "0")}`));
}

function withCumulativeRefund(change: Change): Change {
  const { before, after } = change.payment ?? {};
  if (!before || !after || after.amountRefunded <= before.amountRefunded) return change;
  const soFar = after.amountRefunded + after.refundReserved;
  return { ...change, payment: { before, after: { ...after, amountRefunded: before.amountRefunded + soFar } } };
}
