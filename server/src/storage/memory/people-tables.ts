/** The rows of people in memory. */
import type { Ms } from "../../core/model.ts";
import type { Role } from "../../core/permissions.ts";
import type { Invitation, NewSession, PersonRow, Reset } from "../../core/ports/people.ts";

export interface PeopleTables {
  readonly people: Map<string, PersonRow & { readonly step: number }>;
  readonly members: { merchantId: string; personId: string; role: Role; since: Ms; lastSeenAt: Ms | null }[];
  readonly sessions: Map<string, NewSession & { readonly lastSeenAt: Ms; readonly confirmedAt: Ms }>;
  readonly tries: Map<string, { tries: number; since: Ms; lockedUntil: Ms | null }>;
  readonly invitations: Map<string, Omit<Invitation, "merchantName">>;
  readonly resets: Map<string, Omit<Reset, "email">>;
}
