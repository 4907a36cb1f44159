/** People who sign in: themselves, their passwords and second factors, and wrong tries. */
import type { Membership, People, PersonRow } from "../../core/ports/people.ts";
import type { Seal } from "../seal.ts";
import { queriesBy, withFailures, type Database } from "./connect.ts";
import type { Raw } from "./lookups.ts";
import { personSessions } from "./person-sessions.ts";
import { teamRows } from "./team.ts";
import { viewRows } from "./views.ts";

/** One statement each. Throws `StoreUnavailable`, or an Error that names a constraint. */
export function peopleOf(database: Database, seal: Seal): People {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, ...values: readonly unknown[]) => query({ name: `people_${name}`, text: texts[name] }, values);
  const isDone = (rows: readonly unknown[]): boolean => rows.length > 0;
  const one = (rows: readonly Raw[]): PersonRow | null => (rows[0] ? personOf(seal, rows[0]) : null);
  return {
    by: (who) => peopleOf(queriesBy(database, who), seal),
    byEmail: async (email) => one(await run("by_email", email)),
    byId: async (id) => one(await run("by_id", id)),
    memberships: async (personId) => (await run("memberships", personId)).map(membershipOf),
    ...personSessions(database),
    async takeTry(subjects, { now, max, windowMs }) {
      const rows = await run("take_try", [...subjects].sort(), now, max, windowMs);
      const until = rows.map((row) => row.locked_until as number | null).filter((at) => at !== null && at > now);
      return until.length === 0 ? null : Math.max(...(until as number[]));
    },
    forgetTries: async (subjects) => void (await run("forget_tries", [...subjects])),
    giveTryBack: async (subject) => void (await run("give_try_back", subject)),
    useStep: async (personId, step) => isDone(await run("use_step", personId, step)),
    useRecovery: async (personId, hash) => isDone(await run("use_recovery", personId, hash)),
    offerTotp: async (personId, secret) => void (await run("offer_totp", personId, seal.seal(secret, placeOf(personId)))),
    async confirmTotp(personId, { secret, step, recoveryHashes }) {
      const row = one(await run("by_id", personId));
      // Sealed anew each time, so it is the one that was read that is compared.
      if (row?.totpPending !== secret) return false;
      const sealed = (await run("pending", personId))[0]?.totp_pending as string | null;
      return sealed !== null && isDone(await run("confirm_totp", personId, sealed, step, [...recoveryHashes]));
    },
    removeTotp: async (personId) => void (await run("remove_totp", personId)),
    rename: async (personId, name) => void (await run("rename", personId, name)),
    changePassword: async (personId, { before, after, keeps }) =>
      isDone(await run("change_password", personId, before, after, keeps ?? null)),
    ...teamRows(database),
    ...viewRows(database),
    async list(limit) {
      const rows = await run("list", limit);
      return rows.map((row) => ({ ...personOf(seal, row), memberships: (row.memberships as readonly Raw[]).map(membershipOf) }));
    },
  };
}

function placeOf(id: string) {
  return { table: "people", merchantId: "", mode: "", id, column: "totp" };
}

function personOf(seal: Seal, row: Raw): PersonRow {
  const id = row.id as string;
  const opened = (sealed: unknown): string | null => (sealed === null ? null : seal.open(sealed as string, placeOf(id)));
  return {
    id,
    email: row.email as string,
    name: row.name as string,
    passwordHash: row.password_hash as string | null,
    totp: opened(row.totp),
    totpPending: opened(row.totp_pending),
    recoveryHashes: row.recovery_hashes as string[],
    isOperator: row.is_operator as boolean,
    createdAt: row.created_at as number,
  };
}

function membershipOf(row: Raw): Membership {
  return {
    merchantId: row.merchant_id as string,
    merchantName: row.merchant_name as string,
    role: row.role as Membership["role"],
  };
}

const person = "p.id, p.email, p.name, p.password_hash, p.totp, p.totp_pending, p.recovery_hashes, p.is_operator, p.created_at";
const time = (n: number): string => `to_timestamp($${n}::float8 / 1000)`;

const texts = {
  by_email: `select ${person} from people p where lower(p.email) = lower($1)`,
  by_id: `select ${person} from people p where p.id = $1`,
  memberships: `select m.merchant_id, r.name as merchant_name, m.role from memberships m join merchants r on r.id = m.merchant_id
    where m.person_id = $1 order by r.name, r.id`,
  take_try: `with old as (delete from sign_in_tries where subject in
      (select subject from sign_in_tries where since < ${time(2)} - interval '2 days' order by since limit 20))
    insert into sign_in_tries as t (subject, tries, since) select s, 1, ${time(2)} from unnest($1::text[]) s
    on conflict (subject) do update set (tries, since, locked_until) = (select
      case when f.fresh then 1 else t.tries + 1 end,
      case when f.fresh then excluded.since else t.since end,
      case when t.locked_until > excluded.since then t.locked_until when not f.fresh and t.tries >= $3::int4 then excluded.since + $4::float8 * interval '1 ms' end
      from (select t.since <= excluded.since - $4::float8 * interval '1 ms' and (t.locked_until is null or t.locked_until <= excluded.since) as fresh) f)
    returning locked_until`,
  forget_tries: "delete from sign_in_tries where subject = any($1::text[])",
  give_try_back: "update sign_in_tries set tries = greatest(tries - 1, 0) where subject = $1",
  use_step: "update people set totp_step = $2::int8 where id = $1 and totp_step < $2::int8 returning id",
  use_recovery: `update people set recovery_hashes = array_remove(recovery_hashes, $2::text)
    where id = $1 and $2::text = any(recovery_hashes) returning id`,
  offer_totp: "update people set totp_pending = $2 where id = $1",
  pending: "select totp_pending from people where id = $1",
  confirm_totp: `update people set totp = $2::text, totp_pending = null, totp_step = $3::int8, recovery_hashes = $4::text[]
    where id = $1 and totp_pending = $2::text and totp is null returning id`,
  remove_totp: "update people set totp = null, totp_pending = null, recovery_hashes = '{}' where id = $1",
  rename: "update people set name = $2 where id = $1",
  change_password: `with changed as (update people set password_hash = $3 where id = $1 and password_hash is not distinct from $2 returning id),
    ended as (delete from person_sessions s using changed c where s.person_id = c.id and s.id is distinct from $4)
    select id from changed`,
  list: `select ${person}, coalesce((select json_agg(json_build_object('merchant_id', m.merchant_id, 'merchant_name', r.name, 'role', m.role) order by r.name, r.id)
      from memberships m join merchants r on r.id = m.merchant_id where m.person_id = p.id), '[]'::json) as memberships
    from people p order by lower(p.email) limit $1::int4`,
} as const;
