/** What people, keys and commands changed: who, when, what, and how it was before and after. No secret is ever in it. */
import type { Ms, Scope } from "./model.ts";

/** `cli`: the command line, over the database. `system`: a rule of Tillway, or whoever else writes to the database. */
export const actorKinds = ["person", "key", "operator", "cli", "system"] as const;
export type ActorKind = (typeof actorKinds)[number];

/** Who changes something, as the record of it names them. */
export interface By {
  readonly kind: ActorKind;
  /** Of the person or the key; null: it has none. */
  readonly id: string | null;
  /** For people: a name, an e-mail, or what the key begins with. */
  readonly label: string | null;
  readonly requestId: string | null;
  /** Left out: the database's time. */
  readonly at?: Ms;
  /** Of an update: what is said of secrets that differ, in place of them. */
  readonly secrets?: SecretChange;
}

interface SecretChange {
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
}

/** What an action says of secret headers; undefined: they are the same. */
export function headersChange(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): SecretChange | undefined {
  const sorted = (headers: Readonly<Record<string, string>>): string =>
    JSON.stringify(
      Object.keys(headers)
        .toSorted()
        .map((name) => [name, headers[name]]),
    );
  if (sorted(before) === sorted(after)) return undefined;
  const isSet = (headers: object): boolean => Object.keys(headers).length > 0;
  const now = isSet(before) ? "changed" : "set";
  return { before: { headers: isSet(before) ? "set" : "none" }, after: { headers: isSet(after) ? now : "none" } };
}

/** Append-only. Mode and merchant are empty where a change belongs to none, e.g. to the team of a merchant. */
export interface AdminAction extends Omit<Scope, "mode"> {
  readonly mode: Scope["mode"] | "";
  readonly id: string;
  readonly at: Ms;
  readonly actorKind: ActorKind;
  readonly actorId: string | null;
  readonly actorLabel: string | null;
  readonly requestId: string | null;
  /** `webhook_endpoint.updated`: a noun and what became of it. */
  readonly action: string;
  readonly subject: string;
  /** Of a change only what differs; null: it did not exist. */
  readonly before: Shown | null;
  readonly after: Shown | null;
}

export type Shown = Readonly<Record<string, unknown>>;

/** Longer texts are named by their hash: a record is to be read. */
export const SHOWN_TEXT_MAX = 1_000;

/** What is kept of a thing that somebody did, beside what they did it to. */
export type Deed = Pick<AdminAction, "action" | "subject" | "before" | "after">;

/** @param id of a new row */
export function actionBy(by: By, scope: Scope, at: Ms, { id, ...deed }: Deed & { readonly id: string }): AdminAction {
  const { merchantId, mode } = scope;
  return { merchantId, mode, id, at, actorKind: by.kind, actorId: by.id, actorLabel: by.label, requestId: by.requestId, ...deed };
}
