/** Where people are signed in, in memory. */
import type { Ms } from "../../core/model.ts";
import type { NewSession, People, PersonSession } from "../../core/ports/people.ts";
import type { PeopleTables } from "./people-tables.ts";

export function sessionsOf(
  own: PeopleTables,
): Pick<People, "startSession" | "signed" | "noteSeen" | "noteConfirmed" | "sessions" | "endSession"> {
  const lives = (row: PersonSession, { now, idleMs }: { readonly now: Ms; readonly idleMs: Ms }) =>
    row.expiresAt > now && row.lastSeenAt > now - idleMs;
  const session = ({ tokenHash: _hash, ...row }: NewSession & { readonly lastSeenAt: Ms; readonly confirmedAt: Ms }): PersonSession => row;
  return {
    startSession: async (row, replaces) => {
      for (const [id, { personId, expiresAt }] of own.sessions)
        if (id === replaces || (personId === row.personId && expiresAt <= row.startedAt)) own.sessions.delete(id);
      own.sessions.set(row.id, { ...row, lastSeenAt: row.startedAt, confirmedAt: row.startedAt });
    },
    signed: async (tokenHash, merchantId, age) => {
      const row = [...own.sessions.values()].find((each) => each.tokenHash === tokenHash);
      if (!row || !lives(row, age)) return null;
      const { id, email, name, totp, isOperator } = own.people.get(row.personId)!;
      const member = own.members.find((each) => each.personId === row.personId && each.merchantId === merchantId);
      return { session: session(row), person: { id, email, name, hasTotp: totp !== null, isOperator }, role: member?.role ?? null };
    },
    noteSeen: async (sessionId, merchantId, now) => {
      const row = own.sessions.get(sessionId);
      if (!row) return;
      own.sessions.set(sessionId, { ...row, lastSeenAt: Math.max(now, row.lastSeenAt) });
      const member = own.members.find((each) => each.personId === row.personId && each.merchantId === merchantId);
      if (member) member.lastSeenAt = now;
    },
    noteConfirmed: async (sessionId, now) => {
      const row = own.sessions.get(sessionId);
      if (row) own.sessions.set(sessionId, { ...row, confirmedAt: Math.max(now, row.confirmedAt) });
    },
    sessions: async (personId, age) =>
      [...own.sessions.values()]
        .filter((row) => row.personId === personId && lives(row, age))
        .map(session)
        .sort((a, b) => (a.id > b.id ? -1 : 1)),
    endSession: async (personId, id) => own.sessions.get(id)?.personId === personId && own.sessions.delete(id),
  };
}
