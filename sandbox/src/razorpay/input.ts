/** Requests of the simulated Razorpay, read strictly: a field that it does not know is refused, as there. */
import type { FarRequest } from "../far-side.ts";
import type { Notes } from "./books.ts";
import { badRequest, type Refused } from "./refusals.ts";

export type Fields = Readonly<Record<string, unknown>>;

export function jsonOf(body: string | null): Fields | Refused {
  try {
    const value: unknown = JSON.parse(body ?? "{}");
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  } catch {
    // Refused below.
  }
  return badRequest("The request body is not valid JSON.");
}

/** `null`: nothing is wrong. */
export function extraFields(fields: Fields, known: readonly string[]): Refused | null {
  const extra = Object.keys(fields).filter((name) => !known.includes(name));
  if (extra.length === 0) return null;
  return badRequest(`${extra.join(", ")} is/are not required and should not be sent`, { field: extra[0], reason: "extra_field_sent" });
}

export function missing(fields: Fields, names: readonly string[]): Refused | null {
  const name = names.find((one) => fields[one] === undefined || fields[one] === "");
  return name === undefined ? null : badRequest(`The ${name.replaceAll("_", " ")} field is required.`, { field: name });
}

export function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

const NOTES_MAX = 15;
const NOTE_LENGTH_MAX = 256;

export function notesIn(value: unknown): Notes | Refused {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return badRequest("The notes field must be an object.", { field: "notes" });
  const entries = Object.entries(value);
  if (entries.length > NOTES_MAX)
    return badRequest(`The number of fields in notes must be less than or equal to ${NOTES_MAX}.`, { field: "notes" });
  if (entries.some(([, text]) => typeof text !== "string" || text.length > NOTE_LENGTH_MAX))
    return badRequest(`A note may have ${NOTE_LENGTH_MAX} characters.`, { field: "notes" });
  return Object.fromEntries(entries) as Notes;
}

export interface Page {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly skip: number;
}

export const COUNT_MAX = 100;
/** The years 2000 to 2120, as Razorpay has it. */
const TIMES = [946_684_800, 4_765_046_400] as const;

export function pageOf(query: URLSearchParams): Page | Refused {
  const figure = (name: string, fallback: number): number => (query.has(name) ? Number(query.get(name)) : fallback);
  const page = { from: figure("from", 0), to: figure("to", Number.MAX_SAFE_INTEGER), count: figure("count", 10), skip: figure("skip", 0) };
  if (!Object.values(page).every(isWhole)) return badRequest("from, to, count and skip must be whole numbers.");
  for (const name of ["from", "to"] as const) {
    if (query.has(name) && (page[name] < TIMES[0] || page[name] > TIMES[1]))
      return badRequest(`${name} must be between ${TIMES[0]} and ${TIMES[1]}`, { field: name, reason: "input_validation_failed" });
  }
  return page.count >= 1 && page.count <= COUNT_MAX
    ? page
    : badRequest(`The count must be between 1 and ${COUNT_MAX}.`, { field: "count" });
}

/** Newest first, as Razorpay lists. Times of the page are in seconds. */
export function listed<Item extends { readonly createdAt: number }>(items: readonly Item[], { from, to, count, skip }: Page): Item[] {
  const inTime = items.filter(({ createdAt }) => createdAt >= from * 1_000 && createdAt / 1_000 < to + 1);
  return inTime.toReversed().slice(skip, skip + count);
}

/** Key id and secret; null: none, or not in the form `Basic …`. */
export function credentialsOf({ headers }: FarRequest): { readonly keyId: string; readonly keySecret: string } | null {
  const [, encoded = ""] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(headers["authorization"] ?? "") ?? [];
  const [keyId = "", keySecret = ""] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return /^rzp_(test|live)_\w+$/.test(keyId) && keySecret !== "" ? { keyId, keySecret } : null;
}
