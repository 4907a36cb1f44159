/** Who is in a merchant's team, who was invited, and who asked for another password. */
import type { Invitation, Member, People, Reset, TeamChange } from "../../core/ports/people.ts";
import { jobs } from "../tables.ts";
import { insertOf, parametersOf } from "./arrays.ts";
import { withFailures, type Database } from "./connect.ts";
import { brokenConstraint } from "./failures.ts";
import type { Raw } from "./lookups.ts";

type Names =
  | "invite"
  | "invitation"
  | "openInvitations"
  | "accept"
  | "revokeInvitation"
  | "startReset"
  | "reset"
  | "useReset"
  | "team"
  | "changeRole"
  | "removeMember";

export function teamRows(database: Database): Pick<People, Names> {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, ...values: readonly unknown[]) => query({ name: `team_${name}`, text: texts[name] }, values);
  const change = (rows: readonly Raw[]): TeamChange => (rows[0]?.done ? "applied" : rows[0]?.last ? "last_owner" : "stale");
  return {
    async invite({ id, merchantId, email, role, isOperator, invitedBy, createdAt, expiresAt }, job) {
      const own = [id, merchantId, email, role, isOperator, invitedBy, createdAt, expiresAt];
      const rows = await run("invite", ...own, ...parametersOf(jobs.columns, job ? [job] : []));
      return rows.length > 0 ? "invited" : "member";
    },
    async invitation(id) {
      const [row] = await run("invitation", id);
      return row ? invitationOf(row) : null;
    },
    openInvitations: async (merchantId, now) => (await run("open", merchantId, now)).map(invitationOf),
    async accept(id, person, now) {
      try {
        return (await run("accept", id, person.id, person.name, person.passwordHash, now)).length > 0 ? "accepted" : "ended";
      } catch (error) {
        if (brokenConstraint((error as Error).cause) === "people_email") return "address_taken";
        throw error;
      }
    },
    revokeInvitation: async (merchantId, id, now) => (await run("revoke", merchantId, id, now)).length > 0,
    async startReset({ id, personId, createdAt, expiresAt }, job) {
      await run("start_reset", id, personId, createdAt, expiresAt, ...parametersOf(jobs.columns, job ? [job] : []));
    },
    async reset(id) {
      const [row] = await run("reset", id);
      return row ? resetOf(row) : null;
    },
    useReset: async (id, hash, now) => (await run("use_reset", id, hash, now)).length > 0,
    team: async (merchantId) => (await run("members", merchantId)).map(memberOf),
    changeRole: async (merchantId, personId, { before, after }) => change(await run("change_role", merchantId, personId, before, after)),
    removeMember: async (merchantId, personId, before) => change(await run("remove", merchantId, personId, before)),
  };
}

function invitationOf(row: Raw): Invitation {
  return {
    id: row.id as string,
    merchantId: row.merchant_id as string,
    merchantName: row.merchant_name as string,
    email: row.email as string,
    role: row.role as Invitation["role"],
    isOperator: row.is_operator as boolean,
    invitedBy: row.invited_by as string | null,
    createdAt: row.created_at as number,
    expiresAt: row.expires_at as number,
    usedAt: row.used_at as number | null,
    revokedAt: row.revoked_at as number | null,
  };
}

function resetOf(row: Raw): Reset {
  return {
    id: row.id as string,
    personId: row.person_id as string,
    email: row.email as string,
    createdAt: row.created_at as number,
    expiresAt: row.expires_at as number,
    usedAt: row.used_at as number | null,
  };
}

function memberOf(row: Raw): Member {
  const person = { id: row.id as string, email: row.email as string, name: row.name as string, hasTotp: row.has_totp as boolean };
  return { person, role: row.role as Member["role"], since: row.since as number, lastSeenAt: row.last_seen_at as number | null };
}

const time = (n: number): string => `to_timestamp($${n}::float8 / 1000)`;
const invitation = `i.id, i.merchant_id, r.name as merchant_name, i.email, i.role, i.is_operator, i.invited_by, i.created_at, i.expires_at, i.used_at, i.revoked_at`;
/** Who was removed meanwhile, or may invite no more, has left no way in. */
const stands = `(i.invited_by is null or exists (select from memberships m join people p on p.id = m.person_id
  where m.merchant_id = i.merchant_id and lower(p.email) = lower(i.invited_by) and (m.role = 'owner' or m.role = 'admin' and i.role <> 'owner')))`;
const isOpen = (now: number): string => `i.used_at is null and i.revoked_at is null and i.expires_at > ${time(now)} and ${stands}`;
/** Locked, so that two owners who remove each other are not both gone: the second one sees what the first one did. */
const owners =
  "owners as materialized (select person_id from memberships where merchant_id = $1 and role = 'owner' order by person_id for update)";
const another = "(role <> 'owner' or exists (select from owners o where o.person_id <> $2))";

const texts = {
  invite: `with member as (select from memberships m join people p on p.id = m.person_id where m.merchant_id = $2 and lower(p.email) = lower($3)),
    ended as (update invitations i set revoked_at = ${time(7)} where i.merchant_id = $2 and lower(i.email) = lower($3)
      and i.used_at is null and i.revoked_at is null and not exists (select from member)),
    made as (insert into invitations (id, merchant_id, email, role, is_operator, invited_by, created_at, expires_at)
      select $1, $2, $3, $4, $5::boolean, $6, ${time(7)}, ${time(8)} where not exists (select from member) returning id),
    job as (${insertOf(jobs, 9)}, made)
    select id from made`,
  invitation: `select ${invitation} from invitations i join merchants r on r.id = i.merchant_id where i.id = $1`,
  open: `select ${invitation} from invitations i join merchants r on r.id = i.merchant_id where i.merchant_id = $1 and ${isOpen(2)} order by i.id desc`,
  accept: `with used as (update invitations i set used_at = ${time(5)} where i.id = $1 and ${isOpen(5)} returning i.*),
    person as (insert into people (id, email, name, password_hash, is_operator, created_at)
      select $2, u.email, $3, $4, u.is_operator, ${time(5)} from used u
      on conflict (id) do update set is_operator = people.is_operator or excluded.is_operator returning id)
    insert into memberships (merchant_id, person_id, role, since) select u.merchant_id, p.id, u.role, ${time(5)} from used u, person p
    on conflict (merchant_id, person_id) do update set role = memberships.role returning person_id as id`,
  revoke: `update invitations i set revoked_at = ${time(3)} where i.merchant_id = $1 and i.id = $2 and ${isOpen(3)} returning i.id`,
  start_reset: `with made as (insert into password_resets (id, person_id, created_at, expires_at) values ($1, $2, ${time(3)}, ${time(4)}) returning id),
    job as (${insertOf(jobs, 5)}, made)
    select id from made`,
  reset: `select s.id, s.person_id, p.email, s.created_at, s.expires_at, s.used_at
    from password_resets s join people p on p.id = s.person_id where s.id = $1`,
  use_reset: `with mine as (select person_id from password_resets where id = $1 and used_at is null and expires_at > ${time(3)} for update),
    used as (update password_resets s set used_at = ${time(3)} from mine m where s.person_id = m.person_id and s.used_at is null),
    ended as (delete from person_sessions s using mine m where s.person_id = m.person_id)
    update people p set password_hash = $2 from mine m where p.id = m.person_id returning p.id`,
  members: `select p.id, p.email, p.name, p.totp is not null as has_totp, m.role, m.since, m.last_seen_at
    from memberships m join people p on p.id = m.person_id where m.merchant_id = $1 order by m.since, p.id`,
  change_role: `with ${owners}, done as (update memberships set role = $4
      where merchant_id = $1 and person_id = $2 and role = $3 and ${another} returning person_id)
    select exists (select from done) as done, $3::text = 'owner' and not exists (select from owners where person_id <> $2) as last`,
  remove: `with ${owners}, done as (delete from memberships
      where merchant_id = $1 and person_id = $2 and role = $3 and ${another} returning person_id)
    select exists (select from done) as done, $3::text = 'owner' and not exists (select from owners where person_id <> $2) as last`,
} as const;
