/** What `GET /v1/admin-actions` shows, and how it is said to people. */
import { wordsOf } from "../../kit/badge.tsx";

export interface AdminAction {
  readonly id: string;
  readonly mode: "test" | "live" | null;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string | null; readonly label: string | null };
  readonly request_id: string | null;
  readonly action: string;
  readonly subject: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

const kinds: Record<string, string> = {
  person: "A person",
  key: "API key",
  operator: "The operator",
  cli: "The command line",
  system: "Tillway",
};

const OWN_USER = "tillway";

/** "asha@shop.example", "API key tw_test_…". */
export function actorOf({ actor: { kind, id, label } }: AdminAction): string {
  const name = label ?? id;
  if (kind === "person" && name !== null) return name;
  // Whoever writes to the database without saying who it is has the name of their database user. Our own says nothing more.
  if (kind === "system") return name === null || name === OWN_USER ? "Tillway" : `The database user ${name}`;
  return [kinds[kind] ?? kind, name].filter((part) => part !== null).join(" ");
}

/** `webhook_endpoint.updated` as "Webhook endpoint updated". */
export function wordsOfAction(action: string): string {
  return sayName(action.replaceAll(".", " "));
}

/** Names of the API as words, with those that are spoken letter by letter as they are written. */
export function sayName(name: string): string {
  return wordsOf(name).replaceAll(/\b(api|url|id|ip)\b/gi, (word) => word.toUpperCase());
}

export interface Change {
  readonly name: string;
  /** Null: it was not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Name by name what was and what is; of a thing that was made or removed one side is empty. */
export function changesOf({ before, after }: Pick<AdminAction, "before" | "after">): readonly Change[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names
    .map((name) => ({ name, before: textOf(before?.[name]), after: textOf(after?.[name]) }))
    .filter((change) => change.before !== change.after);
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.length === 0 ? "none" : value.join(", ");
  return JSON.stringify(value);
}
