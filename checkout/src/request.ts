/** What is typed, checked, and made into the body of a payment. */
import { cardFaults, readExpiry, type CardValues } from "./card.ts";
import type { Field, Method } from "./contract.ts";
import { onlyDigits } from "./digits.ts";
import type { State } from "./state.ts";

export function cardValues(state: State): CardValues {
  const { name = "", number = "", expiry = "", cvv = "" } = state.values["card"] ?? {};
  return { name, number, expiry, cvv };
}

/** What `POST /v1/checkout/tokens` takes. Only of values without faults. */
export function cardBody(card: CardValues): object {
  const { month, year } = readExpiry(card.expiry)!;
  const name = card.name.trim();
  return {
    number: onlyDigits(card.number),
    expiry_month: month,
    expiry_year: year,
    cvv: onlyDigits(card.cvv),
    ...(name !== "" && { holder_name: name }),
  };
}

/** By `method.field`; empty: it can be sent. @param hasAll whether the gateway's own card fields, if there are any, hold a whole card */
export function faultsOf(state: State, now: Date, hasAll = true): Record<string, string> {
  const method = methodOf(state);
  if (!method) return {};
  if (method.type === "card") {
    if (state.view?.card === "fields") return hasAll ? {} : { "card.fields": "error.card_incomplete" };
    return Object.fromEntries(Object.entries(cardFaults(cardValues(state), now)).map(([field, fault]) => [`card.${field}`, fault]));
  }
  return Object.fromEntries(
    method.fields.flatMap((field) => {
      const fault = fieldFault(field, valueOf(state, method, field), mayBeEmpty(method, field));
      return fault === null ? [] : [[`${method.type}.${field.name}`, fault]];
    }),
  );
}

export function methodOf({ view, method }: State): Method | undefined {
  return view?.methods.find(({ type }) => type === method);
}

export function methodBody(state: State, method: Method): Record<string, string | number> {
  return Object.fromEntries(
    method.fields.flatMap((field) => {
      const value = valueOf(state, method, field);
      return value === "" ? [] : [[field.name, field.type === "number" ? Number(value) : value]];
    }),
  );
}

/** There is a form of this method that does without it. */
export function mayBeEmpty(method: Method, field: Field): boolean {
  if (field.is_required !== undefined && method.forms === undefined) return !field.is_required;
  return method.forms?.some((form) => !form.includes(field.name)) ?? false;
}

function valueOf({ values }: State, method: Method, field: Field): string {
  const typed = values[method.type]?.[field.name] ?? "";
  return field.type === "text" ? typed.trim() : onlyDigits(typed);
}

function fieldFault(field: Field, value: string, isOptional: boolean): string | null {
  if (value === "") return isOptional ? null : field.options ? "error.choose" : "error.missing";
  if (field.pattern === undefined) return null;
  return new RegExp(field.pattern, "u").test(value) ? null : field.name === "vpa" ? "error.vpa_wrong" : "error.wrong";
}
