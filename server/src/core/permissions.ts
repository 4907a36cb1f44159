/** What an API key may be granted. A key made without a choice has all of it. */
export const scopes = ["payments.read", "payments.write", "refunds.write", "webhooks", "config", "cases"] as const;

export type KeyScope = (typeof scopes)[number];
export type Scopes = readonly KeyScope[];

/** What a person may be in a merchant's team, by the most that it may do. */
export const roles = {
  owner: "Everything, and who else is an owner",
  admin: "Everything, but for owners",
  developer: "Integrates: keys, endpoints, accounts, routing, dead letters; no refunds, no team",
  support: "Helps shoppers: finds payments, refunds, captures, cancels, resolves cases, sends webhooks again",
  read_only: "Sees payments, cases and settings, changes nothing",
} as const;

export type Role = keyof typeof roles;

const everybody = ["owner", "admin", "developer", "support", "read_only"] as const;
const builders = ["owner", "admin", "developer"] as const;
const helpers = ["owner", "admin", "support"] as const;
const workers = ["owner", "admin", "developer", "support"] as const;
const heads = ["owner", "admin"] as const;

interface Granted {
  /** In words that follow "may". */
  readonly means: string;
  /** The scope of keys that grants it; null: people only. */
  readonly scope: KeyScope | null;
  readonly roles: readonly Role[];
}

/**
 * The only table of who may do what: guards of routes, the matrix of the tests, the error's words and what the dashboard shows as
 * disabled are made of it. See docs/decisions/0061.
 */
export const permissions = {
  "payments.read": { means: "see payments, orders, refunds and events", scope: "payments.read", roles: everybody },
  "payments.write": { means: "create payments, orders, sessions and links", scope: "payments.write", roles: builders },
  "payments.operate": { means: "capture and cancel payments", scope: "payments.write", roles: workers },
  "refunds.write": { means: "refund", scope: "refunds.write", roles: helpers },
  "cases.read": { means: "see cases, queues and dead letters", scope: "cases", roles: everybody },
  "cases.resolve": { means: "resolve cases and compare with a gateway's list", scope: "cases", roles: helpers },
  "dead_letters.write": { means: "replay and discard dead letters", scope: "cases", roles: builders },
  "webhooks.read": { means: "see endpoints and deliveries", scope: "webhooks", roles: everybody },
  "webhooks.write": { means: "change endpoints and their secrets", scope: "webhooks", roles: builders },
  "deliveries.retry": { means: "send deliveries again", scope: "webhooks", roles: workers },
  "config.read": { means: "see accounts, routing and settings", scope: "config", roles: everybody },
  "config.write": { means: "change routing and settings", scope: "config", roles: builders },
  "accounts.write": { means: "change gateway accounts", scope: "config", roles: builders },
  "keys.read": { means: "see API keys", scope: "config", roles: builders },
  "keys.write": { means: "create, change and revoke API keys", scope: "config", roles: builders },
  "team.read": { means: "see the team", scope: null, roles: everybody },
  "team.write": { means: "invite people and change their roles", scope: null, roles: heads },
  "audit.read": { means: "see who changed what", scope: null, roles: heads },
} as const satisfies Readonly<Record<string, Granted>>;

export type Permission = keyof typeof permissions;

/** Whether the table gives this permission to a caller: to a person by the role, to a key by its scopes. */
export function isPermitted(
  caller: { readonly scopes: Scopes; readonly person: { readonly role: Role } | null },
  needed: Permission,
): boolean {
  const granted: Granted = permissions[needed];
  if (caller.person !== null) return granted.roles.includes(caller.person.role);
  return granted.scope !== null && caller.scopes.includes(granted.scope);
}

/** How long somebody who has shown who they are, by signing in or by a code or password again, counts as present. */
export const CONFIRMED_MS = 15 * 60_000;

/**
 * For what an open page is not enough: whoever sits down before it could make a key, send money to another account or let somebody in.
 * Refunds over the merchant's limit need it as well (`decideRefund`). See docs/decisions/0070.
 */
const ofThePresent: readonly Permission[] = ["keys.write", "accounts.write", "webhooks.write", "team.write"];

/** Whether this person must show once more who they are before using the permission. Never a key: its secret came with the request. */
export function mustConfirm(caller: { readonly person: { readonly isConfirmed: boolean } | null }, needed: Permission): boolean {
  return caller.person?.isConfirmed === false && ofThePresent.includes(needed);
}

/**
 * The scopes that a person of this role may give to a key: those that grant nothing that the role has not.
 * @public
 */
export function scopesOf(role: Role): Scopes {
  const all: readonly Granted[] = Object.values(permissions);
  return scopes.filter((scope) => all.every((granted) => granted.scope !== scope || granted.roles.includes(role)));
}

/** Why a caller is refused, and who would not be. */
export function whyRefused(caller: { readonly person: { readonly role: Role } | null }, needed: Permission): string {
  const { means, scope, roles: allowed }: Granted = permissions[needed];
  if (caller.person !== null) return `The role ${caller.person.role} may not ${means}. These roles may: ${allowed.join(", ")}.`;
  if (scope === null) return `No API key may ${means}. A person who signs in to the dashboard may, as ${allowed.join(" or ")}.`;
  return `This key lacks the scope ${scope}, which the route needs.`;
}
