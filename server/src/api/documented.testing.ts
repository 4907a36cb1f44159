/** Every answer of a test is held against the OpenAPI document: status known for the route, body as its schema says. */
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { Compile } from "typebox/schema";

type Question = InjectOptions & { readonly url: string };

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>;
}

export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Sends the request and throws if the document does not describe what came back. */
export async function ask(app: FastifyInstance, options: Question): Promise<LightMyRequestResponse> {
  const answer = await app.inject(options);
  const document = (await app.inject("/v1/openapi.json")).json<Document>();
  const problems = undocumented(document, options, answer);
  if (problems !== null) throw new Error(`${options.method ?? "GET"} ${options.url} → ${answer.statusCode} ${answer.body}\n${problems}`);
  return answer;
}

function undocumented(document: Document, options: Question, answer: LightMyRequestResponse): string | null {
  if (typeof answer.headers["request-id"] !== "string") return "no Request-Id";
  const operation = operationOf(document, options);
  // Paths and methods that nobody describes still answer with the common error.
  const schema =
    operation === null
      ? { $ref: "#/components/schemas/Error" }
      : operation.responses[answer.statusCode]?.content?.["application/json"]?.schema;
  if (schema === undefined) return "this status is not in the document";
  return misfit(document, schema, answer.json());
}

const compiled = new WeakMap<object, ReturnType<typeof Compile>>();

/** What does not fit the schema, which may refer to the document's components; null: all of it fits. */
export function misfit({ components }: Pick<Document, "components">, schema: object, value: unknown): string | null {
  const validator = compiled.get(schema) ?? Compile({ components, ...schema } as never);
  compiled.set(schema, validator);
  const [isValid, errors] = validator.Errors(value);
  return isValid ? null : JSON.stringify(errors);
}

function operationOf(document: Document, { method = "GET", url }: Question): Operation | null {
  const path = url.split("?")[0]!;
  for (const [template, operations] of Object.entries(document.paths)) {
    const matches = new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);
    const operation = operations[method.toLowerCase()];
    // `/deliveries/recover` looks like an id to `/deliveries/{id}`, which has no POST.
    if (matches && operation) return operation;
  }
  return null;
}
