/** What a rule is made of. What this form has no field for, such as metadata, stays as it is. */
import type { ConnectorAccount } from "@tillway/sdk";
import { useState } from "react";
import { wordsOf } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { Dialog } from "../../kit/dialog.tsx";
import { Checkbox, Field } from "../../kit/field.tsx";
import { showMoney } from "../../kit/money.tsx";
import { boundsOf, NEEDS_ONE, textsOfBounds, type Bounds } from "./bounds.ts";
import { listIn, moved, sayMethod, type Rule } from "./rule.ts";

interface Props {
  /** Null: a new one. */
  readonly rule: Rule | null;
  readonly accounts: readonly ConnectorAccount[];
  readonly onClose: () => void;
  readonly onDone: (rule: Rule) => void;
}

const methods = ["card", "upi", "netbanking"] as const;
type Method = (typeof methods)[number];

/** As it is typed. */
function textsOf({ when }: Pick<Rule, "when">) {
  return {
    currencies: (when.currencies ?? []).join(", "),
    networks: (when.networks ?? []).join(", "),
    countries: (when.countries ?? []).join(", "),
    ...textsOfBounds(when),
  };
}

type Texts = ReturnType<typeof textsOf>;
const upper = (text: string) => listIn(text.toUpperCase());

function whenOf(rule: Rule | null, texts: Texts, chosen: readonly Method[], { from, below }: Bounds): Rule["when"] {
  return {
    ...(rule?.when.metadata === undefined ? {} : { metadata: rule.when.metadata }),
    ...some("currencies", upper(texts.currencies)),
    ...some("methods", chosen),
    ...some("networks", listIn(texts.networks.toLowerCase())),
    ...some("countries", upper(texts.countries)),
    ...(from === null ? {} : { amount_from: from }),
    ...(below === null ? {} : { amount_below: below }),
  };
}

export function RuleForm({ rule, accounts, onClose, onDone }: Props) {
  const [name, setName] = useState(rule?.name ?? "");
  const [texts, setTexts] = useState(() => textsOf(rule ?? { when: {} }));
  const [chosen, setChosen] = useState<readonly Method[]>(rule?.when.methods ?? []);
  const [ids, setIds] = useState<readonly string[]>(rule?.weights?.map(({ account }) => account) ?? rule?.accounts ?? []);
  const [weights, setWeights] = useState<Readonly<Record<string, string>> | null>(() => weightsOf(rule));
  const [others, setOthers] = useState(rule?.else_others ?? false);
  const currencies = upper(texts.currencies);
  const bounds = boundsOf(texts, currencies);
  const why = whyNot(name, bounds, ids.length > 0 || others);
  const done = () => {
    const when = whenOf(rule, texts, chosen, bounds);
    const to =
      weights === null ? { accounts: [...ids] } : { weights: ids.map((account) => ({ account, weight: Number(weights[account] ?? 1) })) };
    onDone({ name: name.trim(), when, ...to, else_others: others });
  };
  const text = (key: keyof typeof texts, label: string, hint: string) => (
    <Field label={label} hint={hint} value={texts[key]} onChange={(event) => setTexts({ ...texts, [key]: event.target.value })} />
  );
  const actions = (
    <>
      <Button onClick={onClose}>Back</Button>
      <Button kind="primary" why={why} onClick={done}>
        {rule === null ? "Add to the rules" : "Change the rule"}
      </Button>
    </>
  );
  return (
    <Dialog open onClose={onClose} title={rule === null ? "Add a rule" : `Edit ${rule.name}`} actions={actions} wide>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Name"
          hint="Shown as the reason of a choice."
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.target.value)}
        />
        {text("currencies", "Currencies", "With commas, e.g. EUR, INR. Empty: all.")}
        <fieldset>
          <legend className="mb-1 text-sm font-medium">Methods</legend>
          {methods.map((method) => (
            <Checkbox
              key={method}
              label={wordsOf(sayMethod(method))}
              checked={chosen.includes(method)}
              onChange={(event) => setChosen(event.target.checked ? [...chosen, method] : chosen.filter((one) => one !== method))}
            />
          ))}
        </fieldset>
        {text("networks", "Card networks", "E.g. visa, mastercard. Empty: all.")}
        {text("countries", "Countries of the customer", "E.g. IN, DE. Empty: all.")}
        <AmountBounds {...{ texts, currencies, bounds }} onChange={(changed) => setTexts({ ...texts, ...changed })} />
        <Accounts {...{ accounts, ids, weights }} onIds={setIds} onWeights={setWeights} />
        <Checkbox label="All other accounts come after these" checked={others} onChange={(event) => setOthers(event.target.checked)} />
      </div>
    </Dialog>
  );
}

function whyNot(name: string, { errors }: Bounds, hasTarget: boolean): string | null {
  if (name.trim() === "") return "Give it a name first.";
  if (errors.from !== null || errors.below !== null) return "Correct the amounts first.";
  return hasTarget ? null : "Choose an account.";
}

interface BoundsProps {
  readonly texts: Texts;
  readonly currencies: readonly string[];
  readonly bounds: Bounds;
  readonly onChange: (changed: Partial<Texts>) => void;
}

/** As people write amounts of this currency; what was read is said before anything is saved. */
function AmountBounds({ texts, currencies, bounds, onChange }: BoundsProps) {
  const currency = currencies.length === 1 ? currencies[0]! : null;
  return (["from", "below"] as const).map((key) => {
    const amount = bounds[key];
    const hint = currency === null ? NEEDS_ONE : amount === null ? "Empty: any." : `Read as ${showMoney(amount, currency)}`;
    return (
      <Field
        key={key}
        label={`Amount ${key}${currency === null ? "" : ` in ${currency}`}`}
        value={texts[key]}
        inputMode="decimal"
        autoComplete="off"
        spellCheck={false}
        {...(bounds.errors[key] === null ? { hint } : {})}
        error={bounds.errors[key]}
        onChange={(event) => onChange({ [key]: event.target.value })}
      />
    );
  });
}

function weightsOf(rule: Rule | null): Readonly<Record<string, string>> | null {
  if (rule?.weights === undefined) return null;
  return Object.fromEntries(rule.weights.map(({ account, weight }) => [account, String(weight)]));
}

function some<K extends string, T>(name: K, values: readonly T[]): { [N in K]?: T[] } {
  return (values.length === 0 ? {} : { [name]: [...values] }) as { [N in K]?: T[] };
}

interface AccountsProps {
  readonly accounts: readonly ConnectorAccount[];
  readonly ids: readonly string[];
  readonly weights: Readonly<Record<string, string>> | null;
  readonly onIds: (ids: readonly string[]) => void;
  readonly onWeights: (weights: Readonly<Record<string, string>> | null) => void;
}

function Accounts({ accounts, ids, weights, onIds, onWeights }: AccountsProps) {
  const known = [...ids, ...accounts.filter(({ id, closed_at: closed }) => closed === null && !ids.includes(id)).map(({ id }) => id)];
  const nameOf = (id: string) => accounts.find((account) => account.id === id)?.name ?? id;
  return (
    <fieldset className="sm:col-span-2">
      <legend className="mb-1 text-sm font-medium">Accounts, in their order</legend>
      <ul className="space-y-1">
        {known.map((id) => {
          const at = ids.indexOf(id);
          return (
            <li key={id} className="flex flex-wrap items-center gap-2">
              <Checkbox
                label={nameOf(id)}
                checked={at >= 0}
                onChange={(event) => onIds(event.target.checked ? [...ids, id] : ids.filter((one) => one !== id))}
              />
              {at > 0 && (
                <Button small aria-label={`Move ${nameOf(id)} up`} onClick={() => onIds(moved(ids, at, -1))}>
                  ↑
                </Button>
              )}
              {at >= 0 && weights !== null && (
                <Field
                  label={`Parts of ${nameOf(id)}`}
                  hideLabel
                  type="number"
                  min={1}
                  className="w-20"
                  value={weights[id] ?? "1"}
                  onChange={(event) => onWeights({ ...weights, [id]: event.target.value })}
                />
              )}
            </li>
          );
        })}
      </ul>
      <Checkbox
        className="mt-2"
        label="In shares, e.g. 3 and 1: three payments of four go to the first"
        checked={weights !== null}
        onChange={(event) => onWeights(event.target.checked ? {} : null)}
      />
    </fieldset>
  );
}
