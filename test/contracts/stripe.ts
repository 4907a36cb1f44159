/** The judge of Stripe's API: where a request or an answer differs from Stripe's own description of it. */
import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import qs from "qs";

interface Operation {
  readonly parameters?: readonly { readonly name?: string; readonly in?: string }[];
  readonly requestBody?: unknown;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** A request as it stands on the wire: the path with its query, the body as a form. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
}

const document = readContract<Description>("stripe-openapi-subset.json");
const options = { strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false, logger: false } as const;
const forAnswers = new Ajv2020(options).addSchema(document, "stripe");
// A form holds text only.
const forForms = new Ajv2020({ ...options, coerceTypes: true }).addSchema(document, "stripe");
const compiled = new Map<string, ValidateFunction>();

/** The text of a file of this folder, parsed. */
export function readContract<Content>(file: string): Content {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as Content;
}

/** What differs from the component of that name, such as `PaymentIntent`; empty if nothing does. */
export function shapeFaults(component: string, value: unknown): string[] {
  return faultsOf(forAnswers, `/components/schemas/${component}`, value);
}

/** What Stripe would not accept of this request, as far as shapes go. */
export function requestFaults(asked: Asked): string[] {
  const found = operationOf(asked);
  if (found === null) return [`${asked.method} ${asked.path} is no operation of Stripe`];
  const query = qs.parse(asked.path.split("?")[1] ?? "", FORM);
  const known = (found.operation.parameters ?? []).filter((one) => one.in === "query").map((one) => one.name);
  const unknown = Object.keys(query).filter((name) => !known.includes(name));
  const faults = unknown.map((name) => `${name} is no parameter of ${asked.method} ${found.template}`);
  if (found.operation.requestBody === undefined) return faults;
  const form = qs.parse(asked.body ?? "", FORM);
  return [...faults, ...faultsOf(forForms, `${found.pointer}/requestBody/content/application~1x-www-form-urlencoded/schema`, form)];
}

/** What Stripe would not send as the answer to this request. */
export function answerFaults(asked: Asked, answer: { readonly status: number; readonly body: string }): string[] {
  const value: unknown = JSON.parse(answer.body);
  if (answer.status >= 400) return shapeFaults("error", value);
  const found = operationOf(asked);
  if (found === null) return [`${asked.method} ${asked.path} is no operation of Stripe`];
  return faultsOf(forAnswers, `${found.pointer}/responses/200/content/application~1json/schema`, value);
}

const FORM = { depth: 10, arrayLimit: 200 } as const;

/** Fixed paths win over those with an id, as in `/v1/payment_intents/search`. */
function operationOf({
  method,
  path,
}: Asked): { readonly template: string; readonly pointer: string; readonly operation: Operation } | null {
  const parts = path.split("?")[0]!.split("/");
  const fits = (template: string): boolean => {
    const wanted = template.split("/");
    return wanted.length === parts.length && wanted.every((part, i) => part.startsWith("{") || part === parts[i]);
  };
  const templates = Object.keys(document.paths).filter(fits);
  const template = templates.find((one) => !one.includes("{")) ?? templates[0];
  const verb = method.toLowerCase();
  const operation = template === undefined ? undefined : document.paths[template]?.[verb];
  if (template === undefined || operation === undefined) return null;
  return { template, operation, pointer: `/paths/${template.replaceAll("/", "~1").replaceAll("{", "%7B").replaceAll("}", "%7D")}/${verb}` };
}

function faultsOf(ajv: Ajv2020, pointer: string, value: unknown): string[] {
  const name = `${ajv === forForms ? "form" : "answer"} ${pointer}`;
  const validate = compiled.get(name) ?? ajv.compile({ $ref: `stripe#${pointer}` });
  compiled.set(name, validate);
  validate(value);
  return (validate.errors ?? []).map((one) => `${one.instancePath || "/"} ${one.message ?? one.keyword} ${JSON.stringify(one.params)}`);
}
