/** "Try a payment": which account it would go to now, and why. Nothing is written. */
import type { ConnectorAccount, RoutingExplanation } from "@tillway/sdk";
import { useState } from "react";
import { AmountField, useAmount } from "../../kit/amount-field.tsx";
import { Badge } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { useAct } from "../../kit/data.ts";
import { Field, Select } from "../../kit/field.tsx";
import { Section } from "../../kit/layout.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { sayMethod } from "./rule.ts";

/** A payment of each method that says no more than routing asks. */
const details = {
  upi: { method: "upi", upi: { vpa: "success@sandbox" } },
  card: { method: "card", card: { number: "4242424242424242", expiry_month: 12, expiry_year: 2035, cvv: "123" } },
  netbanking: { method: "netbanking", netbanking: { bank: "HDFC" } },
} as const;
type Method = keyof typeof details;
const methods = (Object.keys(details) as Method[]).map((value) => ({ value, label: sayMethod(value) }));

export function TryPayment({ accounts }: { accounts: readonly ConnectorAccount[] }) {
  const [currency, setCurrency] = useState("INR");
  const code = currency.trim().toUpperCase();
  const amount = useAmount(code, 10_000);
  const [method, setMethod] = useState<Method>("upi");
  const [country, setCountry] = useState("");
  const act = useAct<void, RoutingExplanation>({
    keyed: false,
    changes: [],
    call: () => ({
      method: "POST",
      path: "/v1/routing-rules/explain",
      body: {
        amount: amount.amount,
        currency: code,
        ...details[method],
        ...(country.trim() === "" ? {} : { customer: { country: country.trim().toUpperCase() } }),
      },
    }),
  });
  const button = (
    <Button why={amount.error} busy={act.isPending} onClick={() => act.mutate()}>
      Try it
    </Button>
  );
  return (
    <Section title="Try a payment" actions={button}>
      <p className="mb-3 text-sm text-muted">By the rules that are saved. Nothing is written, and no gateway is asked.</p>
      <div className="mb-4 grid grid-cols-2 gap-3 lg:grid-cols-4">
        <AmountField label="Amount" of={amount} />
        <Field label="Currency" value={currency} maxLength={3} onChange={(event) => setCurrency(event.target.value)} />
        <Select label="Method" value={method} choices={methods} onChange={(event) => setMethod(event.target.value as Method)} />
        <Field label="Country" placeholder="Any" value={country} maxLength={2} onChange={(event) => setCountry(event.target.value)} />
      </div>
      {act.error !== null && <ErrorNote error={act.error} />}
      {act.data !== undefined && <Explained of={act.data} nameOf={(id) => accounts.find((account) => account.id === id)?.name ?? id} />}
    </Section>
  );
}

function Explained({ of: { chosen, reason, rules, accounts }, nameOf }: { of: RoutingExplanation; nameOf: (id: string) => string }) {
  return (
    <div role="status" aria-label="What it would do" className="space-y-3 text-sm">
      <p>
        <strong>{chosen === null ? "It would go to no account" : `It would go to ${nameOf(chosen)}`}</strong>: {reason}
      </p>
      {rules.length > 0 && (
        <ol aria-label="Rules that were asked" className="space-y-1">
          {rules.map(({ name, fits, because }) => (
            <li key={name} className="flex flex-wrap items-center gap-2">
              <Badge tone={fits ? "good" : "neutral"}>{fits ? "Fits" : "Does not fit"}</Badge>
              <span>{`${name}${because === null ? "" : `: ${because}`}`}</span>
            </li>
          ))}
        </ol>
      )}
      <ol aria-label="Accounts, in their order" className="space-y-1">
        {accounts.map(({ account, connector, takes, because }) => (
          <li key={account} className="flex flex-wrap items-center gap-2">
            <Badge tone={takes ? "good" : "neutral"}>{takes ? "Takes it" : "Does not"}</Badge>
            <span>{`${nameOf(account)} (${connector})${because === null ? "" : `: ${because}`}`}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
