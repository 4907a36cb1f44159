/** A field for an amount. It says what was read before anything is sent. */
import { useState } from "react";
import { Field } from "./field.tsx";
import { showMoney } from "./money.tsx";
import { readTyped, writeTyped, type TypedAmount } from "./typed-money.ts";

/** @param initial what it is filled with @param most what may be typed, with the words for it */
export function useAmount(currency: string, initial: number | null, most?: { readonly amount: number; readonly what: string }) {
  const [text, setText] = useState(initial === null ? "" : writeTyped(initial, currency));
  const typed = readTyped(text, currency);
  const isOver = typed.amount !== null && most !== undefined && typed.amount > most.amount;
  const read: TypedAmount = isOver ? { amount: null, error: `Only ${showMoney(most.amount, currency)} ${most.what}.` } : typed;
  return { text, setText, currency, ...read };
}

export function AmountField({ label, of, hint }: { label: string; of: ReturnType<typeof useAmount>; hint?: string }) {
  const { text, setText, currency, amount, error } = of;
  const said = amount === null ? hint : `Read as ${showMoney(amount, currency)}${hint === undefined ? "" : `. ${hint}`}`;
  return (
    <Field
      label={`${label} in ${currency}`}
      value={text}
      inputMode="decimal"
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => setText(event.target.value)}
      {...(said === undefined ? {} : { hint: said })}
      error={text === "" ? null : error}
    />
  );
}
