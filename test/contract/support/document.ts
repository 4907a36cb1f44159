/** The OpenAPI document of a running server, as what holds requests against it needs it. */
import { request as httpRequest } from "node:http";
import { misfit } from "../../../server/src/api/documented.testing.ts";
import { errorTable, type ErrorCode } from "../../../server/src/core/errors.ts";

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: Schema;
}

interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value?: unknown }>>;
}

interface Described {
  readonly operationId: string;
  /** Left out: a merchant's key. */
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Operation extends Described {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly body?: Media;
}

export function operationsOf(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...described,
      path,
      method: method.toUpperCase(),
      body: described.requestBody?.content["application/json"],
    })),
  );
}

/** The operation that a request meets: of a path without parameters before one with. */
export function metBy(operations: readonly Operation[], { method, path }: Pick<Request, "method" | "path">): Operation | undefined {
  const [plain] = path.split("?");
  const fits = operations.filter(
    (each) => each.method === method && new RegExp(`^${each.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(plain!),
  );
  return fits.find((each) => !each.path.includes("{")) ?? fits[0];
}

export interface Request {
  readonly method: string;
  /** As it is sent: encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const ANSWER_WITHIN_MS = 30_000;

/** By hand, since `fetch` refuses or mends much of what a bad client sends. */
export function send(url: string, { method, path, headers, body }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = {
      hostname,
      port,
      method,
      path,
      headers: { ...length, ...headers } as Record<string, string>,
      timeout: ANSWER_WITHIN_MS,
    };
    const request = httpRequest(options, (response) => {
      // A stream goes on for minutes: its head is its answer.
      if (response.headers["content-type"]?.startsWith("text/event-stream")) {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: "" });
        response.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    request.on("timeout", () => request.destroy(new Error(`no answer in ${ANSWER_WITHIN_MS} ms`)));
    request.on("error", reject);
    request.end(body);
  });
}

const ERROR: Schema = { $ref: "#/components/schemas/Error" };

/** Holds answers against the document. */
export interface Judge {
  /** What is wrong with this answer; null: nothing. */
  fault(operation: Operation, answer: Answer): string | null;
}

/** @param errorsPage the page that `doc_url` leads to */
export function judgeOf(document: Document, errorsPage: { readonly path: string; readonly html: string }): Judge {
  const check = (schema: Schema, value: unknown): string | null => {
    const found = misfit(document, schema, value);
    return found && `does not fit its schema: ${found.slice(0, 400)}`;
  };

  const errorFault = (status: number, body: unknown): string | null => {
    const shape = check(ERROR, body);
    if (shape !== null) return shape;
    const { code, doc_url: url } = (body as { error: { code: string; doc_url: string } }).error;
    if (errorTable[code as ErrorCode]?.status !== status) return `${code} is no code of status ${status}`;
    const [path, anchor] = url.split("#");
    if (path !== errorsPage.path || !errorsPage.html.includes(`id="${anchor}"`)) return `${url} leads nowhere`;
    return null;
  };

  return {
    fault(operation, { status, headers, text }) {
      if (status >= 500) return "is 5xx";
      if (typeof headers["request-id"] !== "string") return "has no Request-Id";
      const isJson = String(headers["content-type"]).startsWith("application/json");
      if (status >= 400) {
        const fault = isJson ? errorFault(status, JSON.parse(text)) : "is no JSON";
        if (fault !== null) return fault;
        const { code } = (JSON.parse(text) as { error: { code: string } }).error;
        // A path that is none, or another method: no operation was met.
        if (code === "route_not_found" || code === "method_not_allowed") return null;
      }
      const described = operation.responses[status]?.content;
      if (described === undefined) return `is not described: only ${Object.keys(operation.responses).join(", ")}`;
      // A table for spreadsheets has no schema.
      if (!isJson) return String(headers["content-type"]).split(";")[0]! in described ? null : `is ${String(headers["content-type"])}`;
      const schema = described["application/json"]?.schema;
      return schema === undefined ? null : check(schema, JSON.parse(text));
    },
  };
}
