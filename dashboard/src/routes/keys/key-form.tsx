/** The fields of a key: its name, what it may do, and how often. */
import type { ApiKey } from "@tillway/sdk";
import { useState } from "react";
import { scopes, type KeyScope } from "../../../../server/src/core/permissions.ts";
import { Checkbox, Field } from "../../kit/field.tsx";

export interface KeyWish {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly rate_limit_per_second: number | null;
}

const opens: Record<KeyScope, string> = {
  "payments.read": "See payments, orders, refunds and events",
  "payments.write": "Create, capture and cancel payments; orders, sessions and links",
  "refunds.write": "Give money back",
  webhooks: "See and change endpoints; send deliveries again",
  config: "See and change accounts, routing, settings and keys",
  cases: "See and resolve cases; replay dead letters",
};

export function useKeyForm(key: ApiKey | null, grantable: readonly KeyScope[]) {
  const [name, setName] = useState(key?.name ?? "");
  const [chosen, setChosen] = useState<readonly KeyScope[]>(
    key === null ? grantable.filter((scope) => scope.startsWith("payments.")) : scopes.filter((scope) => key.scopes.includes(scope)),
  );
  const [limit, setLimit] = useState(key?.rate_limit_per_second?.toString() ?? "");
  const isLimit = limit === "" || (/^\d{1,6}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 100_000);
  const why = firstOf([
    [name.trim() === "", "Give it a name: which service or person uses it."],
    [chosen.length === 0, "Choose at least one thing that it may do."],
    [!isLimit, "The limit is a whole number from 1 to 100,000, or empty."],
  ]);
  const wish: KeyWish = { name: name.trim(), scopes: chosen, rate_limit_per_second: limit === "" ? null : Number(limit) };
  return { name, setName, chosen, setChosen, limit, setLimit, isLimit, why, wish };
}

function firstOf(rules: readonly (readonly [isBroken: boolean, why: string])[]): string | null {
  return rules.find(([isBroken]) => isBroken)?.[1] ?? null;
}

/** @param role of the person, in words; null: any scope may be given */
export function KeyFields({
  form,
  grantable,
  role,
}: {
  form: ReturnType<typeof useKeyForm>;
  grantable: readonly KeyScope[];
  role: string | null;
}) {
  const toggle = (scope: KeyScope, isOn: boolean) =>
    form.setChosen(scopes.filter((one) => (one === scope ? isOn : form.chosen.includes(one))));
  return (
    <div className="space-y-4">
      <Field
        label="Name"
        value={form.name}
        maxLength={100}
        placeholder="Checkout of the shop"
        hint="For people: which service or person uses it."
        onChange={(event) => form.setName(event.target.value)}
      />
      <fieldset>
        <legend className="mb-1 text-sm font-medium">What it may do</legend>
        <div className="space-y-2">
          {scopes.map((scope) => {
            const isOff = !grantable.includes(scope);
            return (
              <Checkbox
                key={scope}
                label={scope}
                hint={
                  isOff
                    ? `${opens[scope]}. Your role${role === null ? "" : `, ${role},`} has not all of it, so it can't give it.`
                    : opens[scope]
                }
                checked={form.chosen.includes(scope)}
                disabled={isOff}
                onChange={(event) => toggle(scope, event.target.checked)}
              />
            );
          })}
        </div>
      </fieldset>
      <Field
        label="Requests a second"
        value={form.limit}
        inputMode="numeric"
        className="max-w-32"
        hint="Its own limit. Empty: that of the installation."
        error={form.isLimit ? null : "A whole number from 1 to 100,000, or empty."}
        onChange={(event) => form.setLimit(event.target.value.trim())}
      />
    </div>
  );
}
