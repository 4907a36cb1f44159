import { Type, type TObject, type TProperties, type TSchema } from "typebox";
import type { IdPrefix } from "../../core/change.ts";
import { AMOUNT_MAX, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX } from "../../core/constants.ts";
import { errorTable, type ErrorCode } from "../../core/errors.ts";
import type { Ms } from "../../core/model.ts";
import type { AmountFilter } from "../../core/ports/reads.ts";
import type { ApiVersion } from "../../core/ports/versions.ts";
import { iso } from "../../core/represent.ts";

/** Shapes that several routes share. */
export const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** An object without other fields than these. */
export const strict = <Fields extends TProperties>(fields: Fields) => Type.Object(fields, { additionalProperties: false });

/** A strict object that the document names. */
export const component = <Fields extends TProperties>($id: string, fields: Fields) =>
  Type.Object(fields, { $id, additionalProperties: false });

/** A member of what the API shows: its schema, and its value in a row. */
type Member<Row> = readonly [schema: TSchema, of: (row: Row) => unknown];

/** What the API shows of a row, declared once: the schema, by this name in the document, and the rendering of a row. */
export function resource<Row>($id: string | null, members: Readonly<Record<string, Member<Row>>>) {
  const entries = Object.entries(members);
  return {
    schema: Type.Object(Object.fromEntries(entries.map(([name, [schema]]) => [name, schema])), {
      ...($id !== null && { $id }),
      additionalProperties: false,
    }),
    render: (row: Row) => Object.fromEntries(entries.map(([name, [, of]]) => [name, of(row)])),
  };
}

/** A time that may not have come yet. */
export function time<Row>(description: string, of: (row: Row) => Ms | null): Member<Row> {
  const text = (row: Row) => {
    const at = of(row);
    return at === null ? null : iso(at);
  };
  return [nullable(timestamp(description)), text];
}

export const timestamp = (description: string) =>
  Type.String({ description: `${description} ISO 8601, UTC.`, examples: ["2026-01-31T12:00:00.000Z"] });

export const errorSchema = component("Error", {
  error: strict({
    type: Type.Enum([...new Set(Object.values(errorTable).map((row) => row.type))], { description: "The class of the error." }),
    code: Type.Enum(Object.keys(errorTable) as ErrorCode[], { description: "What a program should look at. Never changes." }),
    message: Type.String({ description: "For people. May change." }),
    param: Type.Optional(Type.String({ description: "The field that is wrong, e.g. card.number." })),
    decline_code: Type.Optional(Type.String()),
    source: Type.Optional(Type.String({ description: "Who said no: gateway, bank, merchant or tillway." })),
    step: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    doc_url: Type.String(),
    request_id: Type.String(),
    payment_id: Type.Optional(Type.String()),
  }),
});

/** Money in minor units. It may be more than 32 bits hold. */
export const amount = () => Type.Integer({ format: "int64" });

/** Of a request. */
export const amountIn = (description: string) => Type.Integer({ format: "int64", minimum: 1, maximum: AMOUNT_MAX, description });

/** Of a request. A list of all codes would make clients refuse a new one until they are generated again. */
export const currencyIn = () =>
  Type.String({ minLength: 3, maxLength: 3, pattern: "^[A-Z]{3}$", description: "ISO 4217, capital letters.", examples: ["INR"] });

/** http or https, a host of names or numbers or an address in brackets, a port, and the rest without spaces and backslashes. */
export const WEB_URL = String.raw`^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#][!-\[\]-~]*)?$`;

export const idPattern = (prefix: IdPrefix) => `^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`;

/** ISO 8601 in UTC, with or without parts of a second. */
export const TIME = String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$`;

export const timeIn = (description: string) =>
  Type.Optional(
    Type.String({ maxLength: 40, pattern: TIME, description: `${description} ISO 8601, UTC.`, examples: ["2026-01-31T12:00:00Z"] }),
  );

/** One of these words, or several with commas between. */
export const wordsIn = (words: readonly string[], description: string) => {
  const word = `(${words.join("|")})`;
  return Type.Optional(
    Type.String({ maxLength: 200, pattern: `^${word}(,${word})*$`, description: `${description} Several with commas between.` }),
  );
};

/** What such a parameter holds. */
export function wordsOf<Word extends string>(text: string | undefined): readonly Word[] | undefined {
  return text?.split(",") as Word[] | undefined;
}

/** Any text of people: no control characters. */
export const ANY_TEXT = String.raw`^[^\u0000-\u001f\u007f]*$`;

/** Of a list of money. */
export const amountQuery = {
  currency: Type.Optional(Type.String({ pattern: "^[A-Z]{3}$", description: "ISO 4217, capital letters." })),
  amount_min: Type.Optional(
    Type.Integer({ format: "int64", minimum: 1, maximum: AMOUNT_MAX, description: "Of this amount or more, in minor units." }),
  ),
  amount_max: Type.Optional(
    Type.Integer({ format: "int64", minimum: 1, maximum: AMOUNT_MAX, description: "Of this amount or less, in minor units." }),
  ),
};

/** A list's query as its port takes it. */
export function amountsOf(query: { readonly currency?: string; readonly amount_min?: number; readonly amount_max?: number }): AmountFilter {
  return { currency: query.currency, amountMin: query.amount_min, amountMax: query.amount_max };
}

/** Every list is paged alike: newest first, by time of creation and id. */
export const pageQuery = (prefix: IdPrefix) => {
  const cursor = (description: string) => Type.Optional(Type.String({ maxLength: 64, pattern: idPattern(prefix), description }));
  return {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIST_LIMIT_MAX, default: LIST_LIMIT_DEFAULT, description: "How many." })),
    starting_after: cursor("Id of the last row of the page before."),
    ending_before: cursor(
      "Id of the newest row that is known: the page has what was committed after it. Not together with starting_after.",
    ),
    created_from: timeIn("Created at this time or later."),
    created_before: timeIn("Created before this time."),
  };
};

/** @param rowId `$id` of the schema of a row */
export function listOf(id: string, rowId: string): TObject {
  return component(id, { object: Type.Literal("list"), data: Type.Array(Type.Ref(`${rowId}#`)), has_more: Type.Boolean() });
}

/** No body, or an empty object. */
export const emptyBody = strict({});

/** A language tag of BCP 47, as far as a page or a message needs it. */
export const LOCALE = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$";

export const idParams = Type.Object({ id: Type.String({ description: "The id." }) });

/** Of a request: a version to pin something to. @param known all there are */
export const versionIn = (known: readonly ApiVersion[], description: string) =>
  Type.Optional(Type.Enum([...known], { description: `${description} docs/api-changes.md lists them.` }));

export const idempotencyHeader = Type.Object({
  "Idempotency-Key": Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      // Plain, without spaces at the ends, or a quoted string with escapes of its own.
      pattern: String.raw`^([!#-~]([ -~]{0,253}[!-~])?|"([ !#-\[\]-~]|\\["\\])+")$`,
      description:
        "1 to 255 printable ASCII characters, or these in quotation marks. The same key and request: the same answer, done once.",
      examples: ["order-1-try-1"],
    }),
  ),
});

/** The answer of an operation that succeeded: a schema by its `$id`. */
export function shows(id: string, description: string): TSchema {
  return Type.Ref(`${id}#`, { description });
}

const everyCodes: readonly ErrorCode[] = ["overloaded", "internal_error"];
const readCodes: readonly ErrorCode[] = [
  "unknown_api_version",
  "authentication_error",
  "permission_denied",
  "unknown_field",
  "rate_limited",
  ...everyCodes,
];
const bodyCodes: readonly ErrorCode[] = [
  "malformed_json",
  "duplicate_json_key",
  "missing_field",
  "invalid_field",
  "invalid_characters",
  "unsupported_media_type",
  "body_too_large",
];
const keyCodes: readonly ErrorCode[] = [
  "invalid_idempotency_key",
  "idempotency_in_progress",
  "idempotency_mismatch",
  "idempotency_key_expired",
];

/** Errors of every operation of a kind: `write` has a body and takes an Idempotency-Key, `delete` reads a body if it is sent one, `public` has no caller. */
const commonCodes = {
  public: everyCodes,
  get: readCodes,
  delete: [...readCodes, ...bodyCodes],
  write: [...readCodes, ...bodyCodes, ...keyCodes],
} as const;

/** The error answers of an operation, by status. */
export function errorAnswers(kind: keyof typeof commonCodes, own: readonly ErrorCode[]): Record<string, TSchema> {
  const byStatus: Record<string, ErrorCode[]> = {};
  for (const code of new Set([...own, ...commonCodes[kind]])) (byStatus[errorTable[code].status] ??= []).push(code);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes]) => [status, Type.Ref("Error#", { description: codes.map(explained).join("\n\n") })]),
  );
}

function explained(code: ErrorCode): string {
  return `\`${code}\`: ${errorTable[code].message}`;
}
