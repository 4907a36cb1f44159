/** Where people are signed in. Of a session's token only a hash is here, and one that has ended is gone. */
import type { People, PersonSession, Signed } from "../../core/ports/people.ts";
import { withFailures, type Database } from "./connect.ts";
import type { Raw } from "./lookups.ts";

type Names = "startSession" | "signed" | "noteSeen" | "noteConfirmed" | "sessions" | "endSession";

export function personSessions(database: Database): Pick<People, Names> {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, ...values: readonly unknown[]) => query({ name: `sessions_${name}`, text: texts[name] }, values);
  return {
    async startSession({ id, personId, tokenHash, address, userAgent, startedAt, expiresAt }, replaces) {
      await run("start", id, personId, tokenHash, address, userAgent, startedAt, expiresAt, replaces ?? null);
    },
    async signed(tokenHash, merchantId, { now, idleMs }) {
      const [row] = await run("signed", tokenHash, merchantId, now, idleMs);
      return row ? signedOf(row) : null;
    },
    noteSeen: async (sessionId, merchantId, now) => void (await run("seen", sessionId, merchantId, now)),
    noteConfirmed: async (sessionId, now) => void (await run("confirmed", sessionId, now)),
    sessions: async (personId, { now, idleMs }) => (await run("list", personId, now, idleMs)).map(sessionOf),
    endSession: async (personId, sessionId) => (await run("end", personId, sessionId)).length > 0,
  };
}

function sessionOf(row: Raw): PersonSession {
  return {
    id: row.id as string,
    personId: row.person_id as string,
    address: row.address as string,
    userAgent: row.user_agent as string,
    startedAt: row.started_at as number,
    confirmedAt: row.confirmed_at as number,
    lastSeenAt: row.last_seen_at as number,
    expiresAt: row.expires_at as number,
  };
}

function signedOf(row: Raw): Signed {
  const person = {
    id: row.person_id as string,
    email: row.email as string,
    name: row.name as string,
    hasTotp: row.has_totp as boolean,
    isOperator: row.is_operator as boolean,
  };
  return { session: sessionOf(row), person, role: row.role as Signed["role"] };
}

const time = (n: number): string => `to_timestamp($${n}::float8 / 1000)`;
const session = "s.id, s.person_id, s.address, s.user_agent, s.started_at, s.confirmed_at, s.last_seen_at, s.expires_at";
const lives = (now: number, idleMs: number): string =>
  `s.expires_at > ${time(now)} and s.last_seen_at > ${time(now)} - $${idleMs}::float8 * interval '1 ms'`;

const texts = {
  start: `with old as (delete from person_sessions where id = $8 or (person_id = $2 and expires_at <= ${time(6)}))
    insert into person_sessions (id, person_id, token_hash, address, user_agent, started_at, confirmed_at, last_seen_at, expires_at)
    values ($1, $2, $3, $4, $5, ${time(6)}, ${time(6)}, ${time(6)}, ${time(7)})`,
  signed: `select ${session}, p.email, p.name, p.is_operator, p.totp is not null as has_totp, m.role
    from person_sessions s join people p on p.id = s.person_id
    left join memberships m on m.person_id = s.person_id and m.merchant_id = $2
    where s.token_hash = $1 and ${lives(3, 4)}`,
  seen: `with s as (update person_sessions set last_seen_at = greatest(last_seen_at, ${time(3)}) where id = $1 returning person_id)
    update memberships m set last_seen_at = ${time(3)} from s where m.person_id = s.person_id and m.merchant_id = $2`,
  confirmed: `update person_sessions set confirmed_at = greatest(confirmed_at, ${time(2)}) where id = $1`,
  list: `select ${session} from person_sessions s where s.person_id = $1 and ${lives(2, 3)} order by s.id desc`,
  end: "delete from person_sessions where person_id = $1 and id = $2 returning id",
} as const;
