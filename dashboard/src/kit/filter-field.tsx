/** A filter as a field with its label, for what is behind "More filters". */
import { useEffect, useState } from "react";
import { exponentOf } from "../../../server/src/core/money.ts";
import { dayField, momentOf } from "./days.ts";
import { Field, Select } from "./field.tsx";
import type { Filter } from "./filters.tsx";
import { readTyped, writeTyped } from "./typed-money.ts";

interface FieldProps<F extends Filter> {
  readonly filter: F;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** @param text the query of the address */
export function FilterField({
  filter,
  text,
  onChange,
}: {
  filter: Filter;
  text: Readonly<Record<string, string>>;
  onChange: (value: string) => void;
}) {
  const value = text[filter.name] ?? "";
  if (filter.kind === "text") return <TextField {...{ filter, value, onChange }} />;
  if (filter.kind === "amount") return <AmountFilter {...{ filter, value, onChange }} currency={text[filter.of] ?? ""} />;
  if (filter.kind === "choice") {
    const isKnown = value === "" || filter.choices.some((choice) => choice.value === value);
    const choices = [{ value: "", label: "Any" }, ...(isKnown ? [] : [{ value, label: value }]), ...filter.choices];
    return <Select label={filter.label} choices={choices} value={value} onChange={(event) => onChange(event.target.value)} />;
  }
  return (
    <Field
      label={filter.label}
      type="date"
      value={dayField(value, filter.edge)}
      onChange={(event) => onChange(momentOf(event.target.value, filter.edge))}
    />
  );
}

function TextField({ filter, value, onChange }: FieldProps<Filter & { kind: "text" }>) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const take = () => {
    const next = filter.upper === true ? typed.trim().toUpperCase() : typed.trim();
    setTyped(next);
    if (next !== value) onChange(next);
  };
  return (
    <Field
      label={filter.label}
      value={typed}
      placeholder={filter.placeholder}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take()}
    />
  );
}

/** Off, and says why, until the currency is known: the same figures are other amounts in another one. */
function AmountFilter({ filter, value, currency, onChange }: FieldProps<Filter & { kind: "amount" }> & { currency: string }) {
  const isKnown = exponentOf(currency) !== undefined;
  const shown = isKnown && /^\d+$/.test(value) ? writeTyped(Number(value), currency) : "";
  const [typed, setTyped] = useState(shown);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    setTyped(shown);
    setError(null);
  }, [shown, currency]);
  const take = () => {
    if (!isKnown || typed.trim() === shown) return setError(null);
    if (typed.trim() === "") return onChange("");
    const read = readTyped(typed, currency);
    setError(read.error);
    if (read.amount !== null) onChange(String(read.amount));
  };
  const why = currency === "" ? "Fill in the currency first." : `${currency} is no currency that we know the decimals of.`;
  // Not `disabled`: whoever tabs on from the currency comes to it while its currency is being taken.
  return (
    <Field
      label={isKnown ? `${filter.label} in ${currency}` : filter.label}
      value={typed}
      inputMode="decimal"
      autoComplete="off"
      spellCheck={false}
      readOnly={!isKnown}
      aria-disabled={!isKnown || undefined}
      className={isKnown ? undefined : "bg-sunken opacity-60"}
      {...(isKnown ? { placeholder: writeTyped(50_000, currency) } : { hint: why })}
      error={error}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take()}
    />
  );
}
