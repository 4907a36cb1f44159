import type { Job, Ms } from "../../core/model.ts";
import type { Invitation, Member, Membership, People, PersonRow, TeamChange } from "../../core/ports/people.ts";
import type { Role } from "../../core/permissions.ts";
import type { PeopleTables } from "./people-tables.ts";
import { sessionsOf } from "./person-sessions.ts";
import type { Tables } from "./tables.ts";
import { memoryViews } from "./views.ts";

/** People in memory, for tests: it loses everything with the process. */
export function memoryPeople(tables: Tables): People {
  const own: PeopleTables = {
    people: new Map(),
    members: [],
    sessions: new Map(),
    tries: new Map(),
    invitations: new Map(),
    resets: new Map(),
  };
  const put = (job: Job | null): void => {
    if (job) tables.jobs.set(job.id, job);
  };
  const views = memoryViews((merchantId, personId) =>
    own.members.some((row) => row.merchantId === merchantId && row.personId === personId),
  );
  const rows: People = {
    // What triggers note is not noted here.
    by: () => rows,
    ...persons(tables, own),
    ...sessionsOf(own),
    ...triesOf(own),
    ...secondFactors(own),
    ...invitationsOf(tables, own, put),
    ...resetsOf(own, put),
    ...teamOf(own, views.forget),
    ...views.rows,
  };
  return rows;
}

function byEmail(own: PeopleTables, email: string): PersonRow | null {
  const found = [...own.people.values()].find((row) => row.email.toLowerCase() === email.toLowerCase());
  return found ? shown(found) : null;
}

function shown({ step: _step, ...row }: PersonRow & { readonly step: number }): PersonRow {
  return row;
}

function change(own: PeopleTables, id: string, change: Partial<PersonRow & { readonly step: number }>): boolean {
  const row = own.people.get(id);
  if (row) own.people.set(id, { ...row, ...change });
  return row !== undefined;
}

function persons(
  tables: Tables,
  own: PeopleTables,
): Pick<People, "byEmail" | "byId" | "memberships" | "rename" | "changePassword" | "list"> {
  const byId = (id: string): PersonRow | null => (own.people.has(id) ? shown(own.people.get(id)!) : null);
  const memberships = (personId: string): Membership[] =>
    own.members
      .filter((row) => row.personId === personId)
      .map(({ merchantId, role }) => ({ merchantId, merchantName: tables.merchants.get(merchantId)!.name, role }))
      .sort((a, b) => (a.merchantName + a.merchantId < b.merchantName + b.merchantId ? -1 : 1));
  return {
    byEmail: async (email) => byEmail(own, email),
    byId: async (id) => byId(id),
    memberships: async (personId) => memberships(personId),
    rename: async (id, name) => void change(own, id, { name }),
    changePassword: async (id, { before, after, keeps }) => {
      if (own.people.get(id)?.passwordHash !== before) return false;
      endSessions(own, id, keeps);
      return change(own, id, { passwordHash: after });
    },
    list: async (limit) =>
      [...own.people.values()]
        .sort((a, b) => (a.email.toLowerCase() < b.email.toLowerCase() ? -1 : 1))
        .slice(0, limit)
        .map((row) => ({ ...shown(row), memberships: memberships(row.id) })),
  };
}

function endSessions(own: PeopleTables, personId: string, keeps?: string): void {
  for (const [id, row] of own.sessions) if (row.personId === personId && id !== keeps) own.sessions.delete(id);
}

function triesOf(own: PeopleTables): Pick<People, "takeTry" | "forgetTries" | "giveTryBack"> {
  return {
    takeTry: async (subjects, { now, max, windowMs }) => {
      const until = subjects.map((subject) => {
        const row = own.tries.get(subject);
        const isLocked = (row?.lockedUntil ?? 0) > now;
        if (!row || (!isLocked && row.since <= now - windowMs)) {
          own.tries.set(subject, { tries: 1, since: now, lockedUntil: null });
          return 0;
        }
        row.lockedUntil = isLocked ? row.lockedUntil : row.tries >= max ? now + windowMs : null;
        row.tries++;
        return row.lockedUntil ?? 0;
      });
      const latest = Math.max(0, ...until);
      return latest > now ? latest : null;
    },
    forgetTries: async (subjects) => subjects.forEach((subject) => own.tries.delete(subject)),
    giveTryBack: async (subject) => {
      const row = own.tries.get(subject);
      if (row) row.tries = Math.max(0, row.tries - 1);
    },
  };
}

function secondFactors(own: PeopleTables): Pick<People, "useStep" | "useRecovery" | "offerTotp" | "confirmTotp" | "removeTotp"> {
  return {
    useStep: async (id, step) => (own.people.get(id)?.step ?? step) < step && change(own, id, { step }),
    useRecovery: async (id, hash) => {
      const hashes = own.people.get(id)?.recoveryHashes ?? [];
      return hashes.includes(hash) && change(own, id, { recoveryHashes: hashes.filter((each) => each !== hash) });
    },
    offerTotp: async (id, secret) => void change(own, id, { totpPending: secret }),
    confirmTotp: async (id, { secret, step, recoveryHashes }) =>
      own.people.get(id)?.totpPending === secret &&
      own.people.get(id)!.totp === null &&
      change(own, id, { totp: secret, totpPending: null, step, recoveryHashes }),
    removeTotp: async (id) => void change(own, id, { totp: null, totpPending: null, recoveryHashes: [] }),
  };
}

type InvitationNames = "invite" | "invitation" | "openInvitations" | "accept" | "revokeInvitation";

/** Who was removed meanwhile, or may invite no more, has left no way in. */
function stands(own: PeopleTables, { merchantId, role, invitedBy }: Pick<Invitation, "merchantId" | "role" | "invitedBy">): boolean {
  const by = invitedBy === null ? null : (byEmail(own, invitedBy)?.id ?? "");
  const member = own.members.find((each) => each.merchantId === merchantId && each.personId === by);
  return by === null || member?.role === "owner" || (member?.role === "admin" && role !== "owner");
}

function invitationsOf(tables: Tables, own: PeopleTables, put: (job: Job | null) => void): Pick<People, InvitationNames> {
  const isOpen = (row: Omit<Invitation, "merchantName">, now: Ms) =>
    row.usedAt === null && row.revokedAt === null && row.expiresAt > now && stands(own, row);
  const named = (row: Omit<Invitation, "merchantName">): Invitation => ({
    ...row,
    merchantName: tables.merchants.get(row.merchantId)!.name,
  });
  const end = (row: Omit<Invitation, "merchantName">, now: Ms) => own.invitations.set(row.id, { ...row, revokedAt: now });
  return {
    invite: async (invitation, job) => {
      const person = byEmail(own, invitation.email);
      const { merchantId } = invitation;
      if (own.members.some((row) => row.merchantId === merchantId && row.personId === person?.id)) return "member";
      const isSame = (row: Pick<Invitation, "email" | "merchantId">) =>
        row.merchantId === merchantId && row.email.toLowerCase() === invitation.email.toLowerCase();
      for (const row of own.invitations.values())
        if (isSame(row) && row.usedAt === null && row.revokedAt === null) end(row, invitation.createdAt);
      own.invitations.set(invitation.id, { ...invitation, usedAt: null, revokedAt: null });
      put(job);
      return "invited";
    },
    invitation: async (id) => (own.invitations.has(id) ? named(own.invitations.get(id)!) : null),
    openInvitations: async (merchantId, now) =>
      [...own.invitations.values()]
        .filter((row) => row.merchantId === merchantId && isOpen(row, now))
        .sort((a, b) => (a.id > b.id ? -1 : 1))
        .map(named),
    accept: async (id, { id: personId, name, passwordHash }, now) => {
      const row = own.invitations.get(id);
      if (!row || !isOpen(row, now)) return "ended";
      const holder = byEmail(own, row.email);
      if (holder && holder.id !== personId) return "address_taken";
      own.invitations.set(id, { ...row, usedAt: now });
      const known = own.people.get(personId);
      const fresh = {
        id: personId,
        email: row.email,
        name,
        passwordHash,
        totp: null,
        totpPending: null,
        recoveryHashes: [],
        createdAt: now,
        step: 0,
      };
      own.people.set(personId, { ...(known ?? fresh), isOperator: (known?.isOperator ?? false) || row.isOperator });
      const member = own.members.find((each) => each.personId === personId && each.merchantId === row.merchantId);
      // A member keeps the role: the last owner is not made something else by an older invitation.
      if (!member) own.members.push({ merchantId: row.merchantId, personId, role: row.role, since: now, lastSeenAt: null });
      return "accepted";
    },
    revokeInvitation: async (merchantId, id, now) => {
      const row = own.invitations.get(id);
      if (row?.merchantId !== merchantId || !isOpen(row, now)) return false;
      end(row, now);
      return true;
    },
  };
}

function resetsOf(own: PeopleTables, put: (job: Job | null) => void): Pick<People, "startReset" | "reset" | "useReset"> {
  return {
    startReset: async (reset, job) => {
      own.resets.set(reset.id, { ...reset, usedAt: null });
      put(job);
    },
    reset: async (id) => {
      const row = own.resets.get(id);
      return row ? { ...row, email: own.people.get(row.personId)!.email } : null;
    },
    useReset: async (id, passwordHash, now) => {
      const row = own.resets.get(id);
      if (row?.usedAt !== null || row.expiresAt <= now) return false;
      for (const each of own.resets.values())
        if (each.personId === row.personId && each.usedAt === null) own.resets.set(each.id, { ...each, usedAt: now });
      endSessions(own, row.personId);
      return change(own, row.personId, { passwordHash });
    },
  };
}

function teamOf(
  own: PeopleTables,
  forget: (merchantId: string, personId: string) => void,
): Pick<People, "team" | "changeRole" | "removeMember"> {
  const of = (merchantId: string) => own.members.filter((row) => row.merchantId === merchantId);
  const find = (merchantId: string, personId: string, before: Role): TeamChange | (typeof own.members)[number] => {
    const isLast = before === "owner" && !of(merchantId).some((row) => row.role === "owner" && row.personId !== personId);
    const row = of(merchantId).find((each) => each.personId === personId);
    return row?.role !== before ? (isLast ? "last_owner" : "stale") : isLast ? "last_owner" : row;
  };
  return {
    team: async (merchantId) =>
      of(merchantId)
        .sort((a, b) => a.since - b.since || (a.personId < b.personId ? -1 : 1))
        .map(({ personId, role, since, lastSeenAt }): Member => {
          const { id, email, name, totp } = own.people.get(personId)!;
          return { person: { id, email, name, hasTotp: totp !== null }, role, since, lastSeenAt };
        }),
    changeRole: async (merchantId, personId, { before, after }) => {
      const found = find(merchantId, personId, before);
      if (typeof found === "string") return found;
      found.role = after;
      return "applied";
    },
    removeMember: async (merchantId, personId, before) => {
      const found = find(merchantId, personId, before);
      if (typeof found === "string") return found;
      own.members.splice(own.members.indexOf(found), 1);
      forget(merchantId, personId);
      return "applied";
    },
  };
}
