/** The method of a body → a payment's method, by the table of methods. */
import { holdsCardNumber } from "../core/card-number.ts";
import { TillwayError, type ErrorCode } from "../core/errors.ts";
import type { MethodEntry, MethodField } from "../core/methods/entry.ts";
import { methodEntries, methodTypes, type MethodInput, type MethodType } from "../core/methods/method.ts";
import type { PaymentMethod } from "../core/model.ts";
import { readCard } from "./card-input.ts";
import type { ApiDeps } from "./deps.ts";
import type { MethodFields } from "./schemas/payment.ts";

/** The method of a body, or null if it names none. Throws `TillwayError`, never with a value of a secret field in it. */
export async function readMethod(deps: ApiDeps, given: MethodFields): Promise<PaymentMethod | null> {
  const { method } = given;
  if (method === undefined) {
    const named = methodTypes.find((type) => given[type] !== undefined);
    if (named === undefined) return null;
    throw refusal("missing_field", "method", `Add method: "${named}".`);
  }
  const other = methodTypes.find((type) => type !== method && given[type] !== undefined);
  if (other !== undefined) throw refusal("invalid_field", other, `${other} does not go with method "${method}".`);
  const entry = methodEntries[method];
  const fields = given[method];
  if (fields === undefined) throw refusal("missing_field", method, `method "${method}" needs ${method}: ${formOf(entry)}.`);
  // Cards are all that is exchanged for tokens. Another such method needs a reader of its own.
  return entry.keeps === "token" ? readCard(deps, fields as MethodInput<"card">) : keptFields(method, entry, fields);
}

/** For people: what belongs there. */
function formOf({ fields, either }: MethodEntry): string {
  const required = Object.keys(fields).filter((name) => fields[name]!.isRequired);
  const names = either?.these ?? (required.length > 0 ? required : Object.keys(fields));
  const form = `{${names.map((name) => `"${name}": …`).join(", ")}}`;
  return either === undefined && required.length === 0 ? `${form}, or {} without it` : form;
}

function keptFields(type: MethodType, { fields }: MethodEntry, given: Readonly<Record<string, unknown>>): PaymentMethod {
  // Of every payment: lists of pairs would cost more than the checks.
  const kept: Record<string, string | null> = { type };
  for (const name in fields) kept[name] = checked(type, name, fields[name]!, given[name] as string | undefined);
  return kept as unknown as PaymentMethod;
}

function checked(type: string, name: string, field: MethodField, value: string | undefined): string | null {
  if (value === undefined) {
    if (field.isRequired) throw refusal("missing_field", `${type}.${name}`, `${type}.${name} is required.`);
    return null;
  }
  const { code = "invalid_field", looksLikeCard } = field;
  if (!patternOf(field).test(value))
    throw refusal(code, `${type}.${name}`, field.code === undefined ? `${type}.${name} is not valid. ${field.help}` : undefined);
  if (holdsCardNumber(value) && !(looksLikeCard?.test(value) ?? false))
    throw refusal(code, `${type}.${name}`, `${type}.${name} looks as if it held a card number, which must not be sent here.`);
  return value;
}

const patterns = new Map<string, RegExp>();

function patternOf({ pattern = "" }: MethodField): RegExp {
  let known = patterns.get(pattern);
  if (known === undefined) patterns.set(pattern, (known = new RegExp(pattern)));
  return known;
}

function refusal(code: ErrorCode, param: string, message?: string): TillwayError {
  return new TillwayError(code, { param, message });
}
