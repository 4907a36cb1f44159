/** The schemas of docs/events/kafka, as another program would use them. */
import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const ajv = new Ajv2020({ allErrors: true, strict: false, formats: { "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ } });
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with the value of a record, as its headers name its type and version; empty: nothing. */
export function kafkaFaults(headers: Readonly<Record<string, string>>, value: unknown): string[] {
  const type = headers["event-type"] ?? "";
  const stem = type.replace(/Event$/, "").replaceAll(/(?<=.)([A-Z])/g, "-$1");
  const file = `${stem.toLowerCase()}.v${headers["event-version"]}.json`;
  const validate =
    compiled.get(file) ?? ajv.compile(JSON.parse(readFileSync(new URL(`../../docs/events/kafka/${file}`, import.meta.url), "utf8")));
  compiled.set(file, validate);
  return validate(value) ? [] : validate.errors!.map(({ instancePath, message }) => `${type}${instancePath} ${message}`);
}
