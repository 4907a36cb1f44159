import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fieldsOf } from "./fields.ts";
import { nouns, type Noun, type Verb } from "./nouns.ts";

type Schema = Readonly<Record<string, unknown>>;
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>>;
}
const document = JSON.parse(readFileSync(new URL("../../../../docs/openapi.json", import.meta.url), "utf8")) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/** A reference replaced by what it refers to. */
function resolved(schema: Schema): Schema {
  const name = /^#\/components\/schemas\/(.+)$/.exec((schema["$ref"] as string | undefined) ?? "")?.[1];
  return name === undefined ? schema : resolved(document.components.schemas[name]!);
}

/** The schema of a member, through objects and through what may be null. */
function memberOf(schema: Schema, path: readonly string[]): Schema | undefined {
  const [name, ...rest] = path;
  const whole = resolved(schema);
  if (name === undefined) return whole;
  const inner = (whole["properties"] as Record<string, Schema> | undefined)?.[name];
  if (inner !== undefined) return memberOf(inner, rest);
  return ((whole["anyOf"] ?? []) as Schema[]).map((each) => memberOf(each, path)).find((found) => found !== undefined);
}

/** The document of an installation names no routes for tests: a journey runs their verbs. */
const isDescribed = ([route]: Verb): boolean => !route.includes(" /v1/test/");

const verbs = Object.entries(nouns).flatMap(([name, { columns, verbs }]: [string, Noun]) =>
  Object.entries(verbs)
    .filter(([, row]) => isDescribed(row))
    .map(([verb, row]) => ({ call: `tillway ${name} ${verb}`, verb, row, columns, verbs })),
);

/** Of what a route lists; null where it lists nothing. */
function rowsOf([route]: Verb): Schema | null {
  const [method = "", path = ""] = route.split(" ");
  const answer = document.paths[path]?.[method.toLowerCase()]?.responses["200"]?.content?.["application/json"]?.schema;
  return method === "GET" && answer !== undefined ? ((memberOf(answer, ["data"])?.["items"] as Schema | undefined) ?? null) : null;
}

describe.each(verbs)("$call", ({ verb, row: [route, , described], columns, verbs }) => {
  const [method = "", path = ""] = route.split(" ");
  const operation = document.paths[path]?.[method.toLowerCase()];
  const body = operation?.requestBody?.content["application/json"]?.schema;

  it("is a route of the API", () => expect(operation, route).toBeDefined());

  it("offers fields that the route has, of their types", () => {
    for (const { path: field, type } of fieldsOf(described)) {
      const query = operation!.parameters?.find((each) => each.in === "query" && each.name === field)?.schema;
      const schema = method === "GET" ? query : memberOf(body ?? {}, field.split("."));
      expect(schema, field).toBeDefined();
      const types = { integer: ["integer"], flag: ["boolean"], texts: ["array"], json: ["object"], text: ["string"] }[type];
      const found = [schema!, ...((schema!["anyOf"] ?? []) as Schema[])].flatMap(
        (each) => resolved(each)["type"] ?? ("enum" in each ? "string" : []),
      );
      expect(
        types.some((one) => found.includes(one)),
        `${field} is ${JSON.stringify(found)}`,
      ).toBe(true);
    }
  });

  if (verb !== "list") return;
  it("shows columns that its rows have, or those of its groups", () => {
    const rows = Object.values(verbs)
      .map(rowsOf)
      .filter((each) => each !== null);
    for (const column of columns.split(" ")) {
      const found = rows.map((each) => memberOf(each, column.split("."))).find((one) => one !== undefined);
      expect(found, column).toBeDefined();
    }
  });
});

it("an export offers what its route filters by", () => {
  const { fields } = nouns.payments.acts.export;
  const query = document.paths["/v1/payments.csv"]!["get"]!.parameters!.filter((each) => each.in === "query");
  expect(fieldsOf(fields).map(({ path }) => path)).toEqual(expect.arrayContaining(query.map(({ name }) => name)));
  expect(query.map(({ name }) => name)).toEqual(expect.arrayContaining(fieldsOf(fields).map(({ path }) => path)));
});
