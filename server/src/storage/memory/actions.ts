/** Admin actions in memory: what the triggers of PostgreSQL note. */
import { headersChange, SHOWN_TEXT_MAX, type AdminAction, type By, type Shown } from "../../core/admin-actions.ts";
import { hash } from "node:crypto";
import type { Endpoint } from "../../core/model.ts";
import { newId } from "../../core/ids.ts";
import type { Settings } from "../../core/ports/settings.ts";
import type { Tables } from "./tables.ts";

interface Noted {
  readonly noun: string;
  readonly rows: (tables: Tables) => ReadonlyMap<string, object>;
  /** Secrets, and what changes by itself. */
  readonly hidden: readonly string[];
}

const noted: readonly Noted[] = [
  { noun: "merchant", rows: ({ merchants }) => merchants, hidden: [] },
  { noun: "api_key", rows: ({ keys }) => keys, hidden: ["secret", "lastUsedAt"] },
  { noun: "connector_account", rows: ({ accounts }) => accounts, hidden: ["credentials", "version"] },
  {
    noun: "webhook_endpoint",
    rows: ({ endpoints }) => endpoints,
    hidden: ["secret", "previousSecret", "headers", "version", "breakerUntil", "breakerTrips", "goneSince", "predecessors"],
  },
  { noun: "routing_rules", rows: ({ routing }) => routing, hidden: ["updatedAt"] },
  { noun: "email_settings", rows: ({ emailSettings }) => emailSettings, hidden: ["updatedAt"] },
  { noun: "checkout_settings", rows: ({ checkoutSettings }) => checkoutSettings, hidden: ["updatedAt"] },
  { noun: "payment_link", rows: ({ paymentLinks }) => paymentLinks, hidden: ["usesTaken", "token"] },
];

/** Settings whose changes leave an action. One JavaScript thread is the transaction: what a call has changed is seen when it returns. */
export function noting(tables: Tables, settings: Settings, who: By): Settings {
  const wrapped = Object.entries(settings).map(([name, call]) => {
    const run = async (...given: unknown[]): Promise<unknown> => {
      const before = noted.map(({ rows }) => new Map(rows(tables)));
      const result: unknown = await (call as (...given: unknown[]) => unknown)(...given);
      noted.forEach((each, i) => note(tables, who, each, before[i]!));
      return result;
    };
    // These answer at once, and change nothing.
    return [name, name === "sealSecret" || name === "openSecret" || name === "by" ? call : run];
  });
  return Object.fromEntries(wrapped) as Settings;
}

function note(tables: Tables, who: By, { noun, rows, hidden }: Noted, before: ReadonlyMap<string, object>): void {
  const after = rows(tables);
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const secrets = headersIn(before.get(key), after.get(key));
    const [old, now] = [shownOf(before.get(key), hidden, secrets?.before), shownOf(after.get(key), hidden, secrets?.after)];
    const differs = Object.keys({ ...old, ...now }).filter((name) => JSON.stringify(old?.[name]) !== JSON.stringify(now?.[name]));
    if (differs.length === 0) continue;
    const only = (row: Shown | null) => row && Object.fromEntries(Object.entries(row).filter(([name]) => differs.includes(name)));
    const whole = { ...old, ...now } as { merchant_id?: string; mode?: "test" | "live"; id?: string };
    // Settings that have no row of their own in memory are named by their scope.
    const [merchantId = "", mode = ""] = key.startsWith("[") ? (JSON.parse(key) as [string, "test" | "live"]) : [];
    const at = who.at ?? 0;
    const id = newId("act", at, new Uint8Array(16).fill(tables.actions.size & 31, 12));
    tables.actions.set(id, {
      merchantId: whole.merchant_id ?? (noun === "merchant" ? whole.id! : merchantId),
      mode: whole.mode ?? mode,
      id,
      at,
      actorKind: who.kind,
      actorId: who.id,
      actorLabel: who.label,
      requestId: who.requestId,
      action: `${noun}.${verbOf(noun, { old, now, differs })}`,
      subject: whole.id ?? noun,
      before: old && now ? only(old) : old,
      after: old && now ? only(now) : now,
    } satisfies AdminAction);
  }
}

interface Difference {
  readonly old: Shown | null;
  readonly now: Shown | null;
  readonly differs: readonly string[];
}

/** The names that the trigger `note_change` gives. */
function verbOf(noun: string, { old, now, differs }: Difference): string {
  if (noun === "routing_rules") return "replaced";
  if (old === null) return noun.endsWith("settings") ? "updated" : "created";
  if (now === null) return "deleted";
  const named: readonly (readonly [string, string])[] = [
    ["revoked_at", "revoked"],
    ["closed_at", "closed"],
    ["deactivated_at", "deactivated"],
    ["credentials_set_at", "credentials_rotated"],
    ["secret_created_at", "secret_rotated"],
  ];
  const found = named.find(([column]) => differs.includes(column))?.[1];
  if (found !== undefined) return found;
  if (noun === "api_key" && differs.includes("expires_at")) return "rotated";
  const isStatus = differs.every((name) => ["status", "disabled_reason", "disabled_at"].includes(name));
  return isStatus ? String(now["status"]) : "updated";
}

function headersIn(before: object | undefined, after: object | undefined) {
  return before && after && "headers" in before && "headers" in after
    ? headersChange(before.headers as Endpoint["headers"], after.headers as Endpoint["headers"])
    : undefined;
}

function shownOf(row: object | undefined, hidden: readonly string[], secrets: Shown = {}): Shown | null {
  if (!row) return null;
  const entries = Object.entries(row).filter(([name, value]) => !hidden.includes(name) && value !== null && value !== undefined);
  return { ...Object.fromEntries(entries.map(([name, value]) => [snake(name), shownValue(value)])), ...secrets };
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function shownValue(value: unknown): unknown {
  return typeof value === "string" && value.length > SHOWN_TEXT_MAX ? `sha256:${hash("sha256", value)}` : value;
}
