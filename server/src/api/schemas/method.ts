/** How the shopper pays, as requests and answers say it: made of the table of methods. */
import { Type, type TOptional, type TSchema, type TUnsafe } from "typebox";
import type { MethodField } from "../../core/methods/entry.ts";
import { methodEntries, methodTypes, type MethodInput, type MethodType } from "../../core/methods/method.ts";
import { nullable, strict, WEB_URL } from "./common.ts";

/** `"03"` and `3` are both accepted. The document names the number only. */
const monthOrYear = (limits: object) => Type.Unsafe<string | number>({ type: ["integer", "string"], ...limits });

/**
 * A condition or its consequence: fields that must be there, fields that must not, and anything else. It names its fields as
 * properties and allows others; without that, linters report both.
 */
function rule(required: readonly string[], forbidden: readonly string[] = [], more: object = {}): object {
  const properties = Object.fromEntries([...required.map((name) => [name, {}]), ...forbidden.map((name) => [name, false])]);
  return { ...(required.length > 0 && { required }), properties: { ...properties, ...more }, additionalProperties: true };
}

/** JSON Schema's `if`, `then` and `else`. */
function when(condition: object, then: object, otherwise: object): object {
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, and nobody awaits a schema
  return { if: condition, then, else: otherwise };
}

function fieldIn({ type, pattern, minLength, maxLength, minimum, maximum, help, example }: MethodField): TSchema {
  const limits = Object.entries({ pattern, minLength, maxLength, minimum, maximum }).filter(([, limit]) => limit !== undefined);
  const all = { ...Object.fromEntries(limits), description: help, examples: [example] };
  return type === "number" ? monthOrYear(all) : Type.String(all);
}

/** Whether a field is required is for the document to say; the routes say it with better messages. */
function inputOf<T extends MethodType>(type: T): TUnsafe<MethodInput<T>> {
  const { fields, either } = methodEntries[type];
  const entries = Object.entries(fields);
  const required = entries.filter(([, field]) => field.isRequired).map(([name]) => name);
  const names = either && `${either.these.slice(0, -1).join(", ")} and ${either.these.at(-1)}`;
  return Type.Unsafe<MethodInput<T>>({
    type: "object",
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(entries.map(([name, field]) => [name, fieldIn(field)])),
    additionalProperties: false,
    ...(either && {
      description: `${names}, or a ${either.or}.`,
      ...when(rule([either.or]), rule([], either.these), rule(either.these)),
    }),
  });
}

type Inputs = { [T in MethodType]: TOptional<TUnsafe<MethodInput<T>>> };

export const methodFields = {
  method: Type.Optional(Type.Enum([...methodTypes], { description: "Comes with the field of the same name." })),
  ...(Object.fromEntries(methodTypes.map((type) => [type, Type.Optional(inputOf(type))])) as Inputs),
  return_url: Type.Optional(
    Type.String({
      maxLength: 2_048,
      pattern: WEB_URL,
      description:
        "Where the shopper comes back to. http or https. `payment_id` is added to its query, and after the sandbox's challenge `status` " +
        "(`succeeded`, `authorized`, `failed` or `canceled`). Both are a hint only: anybody can type them. Read the payment, or wait for its webhook.",
    }),
  ),
};

/** The method comes with the field of its name, and without the others. The routes check the same with better messages. */
export const methodConditions = conditionsFrom(methodTypes);

function conditionsFrom([type, ...later]: readonly MethodType[]): object {
  if (type === undefined) return rule([], methodTypes);
  const others = methodTypes.filter((one) => one !== type);
  // The last one needs no name: no other word is let through.
  const condition = later.length === 0 ? rule(["method"]) : rule(["method"], [], { method: { enum: [type] } });
  const nested = later.length === methodTypes.length - 1 ? {} : { additionalProperties: true };
  return { ...nested, ...when(condition, rule([type], others), conditionsFrom(later)) };
}

/** What a payment shows of its method, under the method's name. */
export const methodShown = Object.fromEntries(methodTypes.map((type) => [type, Type.Optional(shownSchema(type))]));

function shownSchema(type: MethodType): TSchema {
  const { fields, keeps, without } = methodEntries[type];
  if (keeps === "token")
    return strict({
      network: nullable(Type.String({ description: "null: only the gateway knows it, and has not shown it yet." })),
      last4: nullable(Type.String({ description: "null: only the gateway knows them, and has not shown them yet." })),
    });
  return strict(
    Object.fromEntries(
      Object.entries(fields).map(([name, { isRequired, help, example }]) => {
        const examples = [example];
        if (isRequired) return [name, Type.String({ description: help, examples })];
        const when = without?.field === name ? without.when : "it was not sent";
        return [name, Type.Optional(Type.String({ description: `Left out if ${when}.`, examples }))];
      }),
    ),
  );
}
