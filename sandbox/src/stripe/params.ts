/** Which parameters each call takes, as tables, and how they are read. What is not in a table is refused, as Stripe refuses it. */
import { type Answer, invalid } from "./errors.ts";
import type { Form, FormValue } from "./form.ts";
import type { Metadata } from "./state.ts";

export interface Param {
  readonly kind: "text" | "integer" | "boolean" | "list" | "hash" | "metadata" | "off_session" | "url";
  readonly required?: true;
  /** Longest text. */
  readonly max?: number;
  readonly oneOf?: readonly string[];
  readonly of?: Params;
  /** Taken only together with confirm=true. */
  readonly withConfirm?: true;
}

export type Params = Readonly<Record<string, Param>>;

const text: Param = { kind: "text", max: 5_000 };
const integer: Param = { kind: "integer" };
const flag: Param = { kind: "boolean" };
const metadata: Param = { kind: "metadata" };
const expand: Param = { kind: "list" };
const url: Param = { kind: "url", max: 5_000 };
const oneOf = (...words: string[]): Param => ({ kind: "text", oneOf: words });
const descriptor: Param = { kind: "text", max: 22 };

const methodTypes: Param = { kind: "list", oneOf: ["card", "link", "upi", "sepa_debit", "us_bank_account", "ideal", "paypal", "klarna"] };
const cardOptions: Param = {
  kind: "hash",
  of: {
    request_three_d_secure: oneOf("any", "automatic", "challenge"),
    request_multicapture: oneOf("if_available", "never"),
    capture_method: oneOf("manual"),
    setup_future_usage: oneOf("none", "off_session", "on_session"),
    statement_descriptor_suffix_kana: descriptor,
  },
};
const address: Param = { kind: "hash", of: { city: text, country: text, line1: text, line2: text, postal_code: text, state: text } };

/** Of a create and of a confirm. */
const confirming: Params = {
  allowed_payment_method_types: methodTypes,
  capture_method: oneOf("automatic", "automatic_async", "manual"),
  error_on_requires_action: { ...flag, withConfirm: true },
  expand,
  off_session: { kind: "off_session", withConfirm: true },
  payment_method: text,
  payment_method_options: { kind: "hash", of: { card: cardOptions } },
  receipt_email: { kind: "text", max: 800 },
  return_url: { ...url, withConfirm: true },
  setup_future_usage: oneOf("off_session", "on_session"),
  use_stripe_sdk: flag,
};

const page: Params = { ending_before: text, limit: integer, starting_after: text, expand };
const created: Param = { kind: "hash", of: { gt: integer, gte: integer, lt: integer, lte: integer } };

export const params = {
  createIntent: {
    ...confirming,
    amount: { kind: "integer", required: true },
    currency: { kind: "text", required: true, max: 3 },
    automatic_payment_methods: { kind: "hash", of: { enabled: { ...flag, required: true }, allow_redirects: oneOf("always", "never") } },
    confirm: flag,
    confirmation_method: oneOf("automatic", "manual"),
    customer: text,
    description: { kind: "text", max: 1_000 },
    metadata,
    shipping: {
      kind: "hash",
      of: { address: { ...address, required: true }, name: { ...text, required: true }, phone: { kind: "text", max: 20 } },
    },
    statement_descriptor: descriptor,
    statement_descriptor_suffix: descriptor,
  },
  confirmIntent: confirming,
  captureIntent: {
    amount_to_capture: integer,
    expand,
    final_capture: flag,
    metadata,
    statement_descriptor: descriptor,
    statement_descriptor_suffix: descriptor,
  },
  cancelIntent: { cancellation_reason: oneOf("abandoned", "duplicate", "fraudulent", "requested_by_customer"), expand },
  createRefund: {
    amount: integer,
    charge: text,
    expand,
    metadata,
    payment_intent: text,
    reason: oneOf("duplicate", "fraudulent", "requested_by_customer"),
  },
  createMethod: {
    type: { ...oneOf("card"), required: true },
    card: {
      kind: "hash",
      required: true,
      of: {
        number: { ...text, required: true },
        exp_month: { ...integer, required: true },
        exp_year: { ...integer, required: true },
        cvc: text,
      },
    },
    billing_details: { kind: "hash", of: { address, email: text, name: text, phone: { kind: "text", max: 20 } } },
    expand,
    metadata,
  },
  createEndpoint: {
    url: { ...url, required: true },
    enabled_events: { kind: "list", required: true },
    api_version: text,
    description: text,
    expand,
    metadata,
  },
  retrieve: { expand },
  retrieveIntent: { client_secret: text, expand },
  listIntents: { ...page, created, customer: text },
  listRefunds: { ...page, created, charge: text, payment_intent: text },
  listCharges: { ...page, created, customer: text, payment_intent: text },
  listEvents: { ...page, created, delivery_success: flag, type: text, types: { kind: "list" } },
  listEndpoints: page,
  search: { expand, limit: integer, page: text, query: { ...text, required: true } },
} as const satisfies Record<string, Params>;

/** Parameters with their types; the names are Stripe's. */
export type Given = Readonly<Record<string, unknown>>;

/** The parameters, or Stripe's refusal of the first that does not fit. */
export function readParams(table: Params, form: Form): { readonly given: Given } | Answer {
  const given: Record<string, unknown> = {};
  const refusal = readHash(table, form, { into: given, prefix: "" });
  if (refusal !== null) return refusal;
  for (const [name, { withConfirm }] of Object.entries(table) as [string, Param][]) {
    if (withConfirm === true && "confirm" in table && given[name] !== undefined && given["confirm"] !== true)
      return invalid(`The parameter \`${name}\` cannot be passed when creating a PaymentIntent unless \`confirm\` is set to true.`, name);
  }
  return { given };
}

interface Target {
  readonly into: Record<string, unknown>;
  readonly prefix: string;
}

function readHash(table: Params, form: Form, { into, prefix }: Target): Answer | null {
  const named = (name: string): string => (prefix === "" ? name : `${prefix}[${name}]`);
  for (const name of Object.keys(form)) {
    if (!Object.hasOwn(table, name)) return invalid(`Received unknown parameter: ${named(name)}`, named(name), "parameter_unknown");
  }
  for (const [name, param] of Object.entries(table)) {
    const value = form[name];
    if (value === undefined) {
      if (param.required) return invalid(`Missing required param: ${named(name)}.`, named(name), "parameter_missing");
      continue;
    }
    const read = readOne(param, value, named(name));
    if (isAnswer(read)) return read;
    into[name] = read.value;
  }
  return null;
}

type Read = { readonly value: unknown } | Answer;

export function isAnswer(value: object): value is Answer {
  return "status" in value && "stored" in value;
}

function readOne(param: Param, value: FormValue, name: string): Read {
  if (param.kind === "hash") return readInner(param, value, name);
  if (param.kind === "metadata") return readMetadata(value, name);
  if (param.kind === "list") return readList(param, value, name);
  if (typeof value !== "string") return invalid(`Invalid string: ${name} must be a string.`, name);
  switch (param.kind) {
    case "integer":
      return /^-?\d{1,15}$/.test(value)
        ? { value: Number(value) }
        : invalid(`Invalid integer: ${value}`, name, "parameter_invalid_integer");
    case "boolean":
      return value === "true" || value === "false" ? { value: value === "true" } : invalid(`Invalid boolean: ${value}`, name);
    case "off_session":
      if (value === "true" || value === "false") return { value: value === "true" };
      return readText({ ...param, oneOf: ["one_off", "recurring"] }, value, name);
    case "url":
      return URL.canParse(value) && /^[a-z][a-z0-9+.-]*:/i.test(value) ? { value } : invalid("Not a valid URL", name, "url_invalid");
    case "text":
      return readText(param, value, name);
  }
}

function readText({ oneOf: words, max }: Param, value: string, name: string): Read {
  if (value === "")
    return invalid(
      `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
      name,
      "parameter_invalid_empty",
    );
  if (words !== undefined && !words.includes(value)) return invalid(`Invalid ${name}: must be one of ${words.join(", ")}`, name);
  if (max !== undefined && lengthOf(value) > max) return invalid(`Invalid string: ${name} must be at most ${max} characters`, name);
  return { value };
}

function readInner(param: Param, value: FormValue, name: string): Read {
  if (typeof value === "string" || Array.isArray(value)) return invalid(`Invalid hash: ${name} must be a hash.`, name);
  const into: Record<string, unknown> = {};
  return readHash(param.of ?? {}, value as Form, { into, prefix: name }) ?? { value: into };
}

function readList({ oneOf: words }: Param, value: FormValue, name: string): Read {
  if (!Array.isArray(value) || value.some((one) => typeof one !== "string"))
    return invalid(`Invalid array: ${name} must be an array.`, name);
  const wrong = (value as string[]).find((one) => words !== undefined && !words.includes(one));
  return wrong === undefined ? { value } : invalid(`Invalid ${name}[]: must be one of ${words!.join(", ")}`, name);
}

/** Characters as Unicode counts them. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

const METADATA_KEYS_MAX = 50;
const METADATA_KEY_MAX = 40;
const METADATA_VALUE_MAX = 500;

/** An empty value takes its key away. */
function readMetadata(value: FormValue, name: string): Read {
  if (value === "") return { value: {} };
  if (typeof value === "string" || Array.isArray(value)) return invalid("Invalid metadata: must be a hash of strings.", name);
  const pairs = Object.entries(value as Form);
  if (pairs.length > METADATA_KEYS_MAX) return invalid(`Metadata can have at most ${METADATA_KEYS_MAX} keys.`, name);
  const kept: [string, string][] = [];
  for (const [key, one] of pairs) {
    if (typeof one !== "string")
      return invalid(`Invalid metadata: values must be strings. You passed another type for ${key}.`, `${name}[${key}]`);
    if (lengthOf(key) > METADATA_KEY_MAX)
      return invalid(`Metadata keys can be at most ${METADATA_KEY_MAX} characters. You passed ${lengthOf(key)}.`, name);
    if (lengthOf(one) > METADATA_VALUE_MAX)
      return invalid(
        `Metadata values can have up to ${METADATA_VALUE_MAX} characters, but you passed in a value that is ${lengthOf(one)} characters.`,
        `${name}[${key}]`,
      );
    if (one !== "") kept.push([key, one]);
  }
  return { value: Object.fromEntries(kept) satisfies Metadata };
}
