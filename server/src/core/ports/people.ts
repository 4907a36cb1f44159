/** People who sign in to the dashboard: their rows, one statement each. Of tokens and codes only hashes are kept; a secret of TOTP is sealed at rest. */
import type { By } from "../admin-actions.ts";
import type { Job, Ms } from "../model.ts";
import type { Role } from "../permissions.ts";

export interface PersonRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** Null: an invitation stands, and was never used. */
  readonly passwordHash: string | null;
  /** Secret of the second factor, base32; null: there is none. */
  readonly totp: string | null;
  /** One that was shown and not confirmed yet. */
  readonly totpPending: string | null;
  /** Of the recovery codes that are left. */
  readonly recoveryHashes: readonly string[];
  readonly isOperator: boolean;
  readonly createdAt: Ms;
}

export interface Membership {
  readonly merchantId: string;
  readonly merchantName: string;
  readonly role: Role;
}

export interface Member {
  readonly person: Pick<PersonRow, "id" | "email" | "name"> & { readonly hasTotp: boolean };
  readonly role: Role;
  readonly since: Ms;
  readonly lastSeenAt: Ms | null;
}

export interface NewSession {
  readonly id: string;
  readonly personId: string;
  readonly tokenHash: string;
  readonly startedAt: Ms;
  readonly expiresAt: Ms;
  readonly address: string;
  readonly userAgent: string;
}

export interface PersonSession extends Omit<NewSession, "tokenHash"> {
  /** When somebody last showed here who they are. */
  readonly confirmedAt: Ms;
  readonly lastSeenAt: Ms;
}

/** What a request of a signed-in person is answered by: one question. */
export interface Signed {
  readonly session: PersonSession;
  readonly person: Pick<PersonRow, "id" | "email" | "name" | "isOperator"> & { readonly hasTotp: boolean };
  /** In the merchant that was asked about; null: none. */
  readonly role: Role | null;
}

export interface Invitation {
  readonly id: string;
  readonly merchantId: string;
  readonly merchantName: string;
  readonly email: string;
  readonly role: Role;
  /** The one who takes it is the installation's operator, too. */
  readonly isOperator: boolean;
  /** An e-mail address; null: the command line. */
  readonly invitedBy: string | null;
  readonly createdAt: Ms;
  readonly expiresAt: Ms;
  readonly usedAt: Ms | null;
  readonly revokedAt: Ms | null;
}

export interface Reset {
  readonly id: string;
  readonly personId: string;
  readonly email: string;
  readonly createdAt: Ms;
  readonly expiresAt: Ms;
  readonly usedAt: Ms | null;
}

/** A list of the dashboard as somebody likes to see it. */
export interface SavedView {
  readonly id: string;
  readonly merchantId: string;
  readonly personId: string;
  /** The list, as its address names it below merchant and mode, e.g. payments. */
  readonly page: string;
  readonly name: string;
  /** What stands behind the question mark of the address. */
  readonly query: string;
  readonly createdAt: Ms;
}

/** How long a session lives. */
export interface SessionAge {
  readonly now: Ms;
  readonly idleMs: Ms;
}

export interface People {
  /** The same, for what this one changes in a team: it is noted as theirs. */
  by(who: By): People;
  byEmail(email: string): Promise<PersonRow | null>;
  byId(id: string): Promise<PersonRow | null>;
  /** By the merchant's name. */
  memberships(personId: string): Promise<readonly Membership[]>;

  /** Ends `replaces` with it, if it is given. */
  startSession(session: NewSession, replaces?: string): Promise<void>;
  /** Null: it does not exist, has ended, was idle for too long or is too old. */
  signed(tokenHash: string, merchantId: string | null, age: SessionAge): Promise<Signed | null>;
  /** Notes that this session is used, and that its person was seen at this merchant. */
  noteSeen(sessionId: string, merchantId: string | null, now: Ms): Promise<void>;
  /** Somebody has shown here once more who they are. */
  noteConfirmed(sessionId: string, now: Ms): Promise<void>;
  /** Newest first. */
  sessions(personId: string, age: SessionAge): Promise<readonly PersonSession[]>;
  /** False: this person has no such session. */
  endSession(personId: string, sessionId: string, now: Ms): Promise<boolean>;

  /**
   * Counts a try of each subject before it is made, so that many at once are no way around.
   * @returns when the next one may be made, if one of them has had too many; null: go on
   */
  takeTry(subjects: readonly string[], bound: { readonly now: Ms; readonly max: number; readonly windowMs: Ms }): Promise<Ms | null>;
  /** The try was right: what was counted of these is forgotten. */
  forgetTries(subjects: readonly string[]): Promise<void>;
  /** One that was counted was none, e.g. of an address from which somebody else signs in. */
  giveTryBack(subject: string): Promise<void>;

  /** False: a code of this step or a later one was used before. */
  useStep(personId: string, step: number): Promise<boolean>;
  /** False: there is no such code left. */
  useRecovery(personId: string, hash: string): Promise<boolean>;
  offerTotp(personId: string, secret: string): Promise<void>;
  /** The one that was offered is the second factor from now on; `step` is used. False: another one was offered meanwhile, or none, or there is one. */
  confirmTotp(
    personId: string,
    confirmed: { readonly secret: string; readonly step: number; readonly recoveryHashes: readonly string[] },
  ): Promise<boolean>;
  removeTotp(personId: string): Promise<void>;

  rename(personId: string, name: string): Promise<void>;
  /** Ends all sessions but `keeps`. False: it was changed meanwhile. */
  changePassword(
    personId: string,
    change: { readonly before: string | null; readonly after: string; readonly now: Ms; readonly keeps?: string },
  ): Promise<boolean>;

  /** With the job that sends it; an open one to the same address and merchant ends. `member`: somebody with this address is one already. */
  invite(invitation: Omit<Invitation, "merchantName" | "usedAt" | "revokedAt">, job: Job | null): Promise<"invited" | "member">;
  invitation(id: string): Promise<Invitation | null>;
  /** Those that can be used, newest first: not those of somebody who could no longer make them. */
  openInvitations(merchantId: string, now: Ms): Promise<readonly Invitation[]>;
  /**
   * Uses it up; the person is made if there is none of this id, and is a member then. `address_taken`: by
   * somebody of another id, and nothing has changed. `ended`: it was used, has ended or was called off, or who invited could no longer.
   */
  accept(
    invitationId: string,
    person: Pick<PersonRow, "id" | "name" | "passwordHash">,
    now: Ms,
  ): Promise<"accepted" | "address_taken" | "ended">;
  revokeInvitation(merchantId: string, id: string, now: Ms): Promise<boolean>;

  /** With the job that sends it, if it is to be sent. */
  startReset(reset: Omit<Reset, "email" | "usedAt">, job: Job | null): Promise<void>;
  reset(id: string): Promise<Reset | null>;
  /** Uses it up with all other resets of the person, and ends all sessions. False: it was used before, or has ended. */
  useReset(id: string, passwordHash: string, now: Ms): Promise<boolean>;

  /** Those of this merchant, oldest first. */
  team(merchantId: string): Promise<readonly Member[]>;
  /** `last_owner`: nobody would be left who owns it. */
  changeRole(merchantId: string, personId: string, change: { readonly before: Role; readonly after: Role }): Promise<TeamChange>;
  removeMember(merchantId: string, personId: string, before: Role): Promise<TeamChange>;

  /** Those of this person at this merchant, oldest first. */
  views(merchantId: string, personId: string): Promise<readonly SavedView[]>;
  /**
   * One of the same page and name has this query from now on, and keeps its id. `full`: there are `SAVED_VIEWS_MAX`.
   * `no_member`: the person is in this merchant's team no more, and nothing is kept.
   */
  saveView(view: SavedView): Promise<SavedView | "full" | "no_member">;
  /** It keeps its id and its filters. `taken`: another one of its page has this name; null: this person has no such view at this merchant. */
  renameView(merchantId: string, personId: string, view: Pick<SavedView, "id" | "name">): Promise<SavedView | "taken" | null>;
  /** False: this person has no such view at this merchant. */
  deleteView(merchantId: string, personId: string, id: string): Promise<boolean>;

  /** Everybody there is, by address; at most `limit`. */
  list(limit: number): Promise<readonly (PersonRow & { readonly memberships: readonly Membership[] })[]>;
}

/** `stale`: it is not the role that was read. */
export type TeamChange = "applied" | "stale" | "last_owner";
