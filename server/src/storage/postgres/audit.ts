/** Seals, and the rows that they are of, in the order of commits. */
import type { Seal } from "../../core/audit/seals.ts";
import type { AuditRow, AuditStore } from "../../core/ports/audit.ts";
import type { Ms } from "../../core/model.ts";
import { adminActions, events } from "../tables.ts";
import type { Database } from "./connect.ts";
import { queryOf, settledBefore, type Query } from "./lists.ts";
import type { Raw } from "./lookups.ts";

/** Over the pool of the lists: sealing may be slow, and must not hold up a payment. Throws `StoreUnavailable`. */
export function auditOf(database: Database): AuditStore {
  const query = queryOf(database);
  const newest = async (merchantId: string): Promise<Seal | null> => {
    const [row] = await query("seals_newest", texts.newest, [merchantId]);
    return row ? sealOf(row) : null;
  };
  const rowsBetween = async (merchantId: string, { after, upTo, limit }: Between): Promise<AuditRow[]> => {
    const values = [merchantId, ...placeOf(after), upTo.committed, upTo.id, limit];
    return (await query("audit_rows", texts.rows, values)).map((row) => ({
      id: row.id as string,
      at: row.at as Ms,
      line: row.line as string,
    }));
  };
  return {
    lease: async (token, now, until) => (await query("seal_lease", texts.lease, [token, now, until])).length > 0,
    unsealed: async (limit) => {
      const rows = await query("seal_unsealed", texts.unsealed, [limit]);
      return rows.map((row) => ({ merchantId: row.merchant_id as string, oldestAt: row.at as Ms }));
    },
    next: async (merchantId, limit) => {
      const last = await newest(merchantId);
      const values = [merchantId, ...placeOf(last), await settled(query), LAST_ID, limit];
      const rows = await query("seal_leaves", texts.leaves, values);
      const leaves = rows.map((row) => ({
        committed: row.committed as string,
        id: row.id as string,
        at: row.at as Ms,
        hash: row.leaf as Buffer,
      }));
      return { last, leaves };
    },
    append: async (seal) => (await query("seal_append", texts.append, parametersOf(seal))).length > 0,
    head: newest,
    seals: async (merchantId, { from, until, after }, limit) =>
      (await query("seals_in", texts.seals, [merchantId, after, from, until, limit])).map(sealOf),
    rowsOf: async (seal) => {
      const [before] = seal.n === 1 ? [] : await query("seal_one", texts.one, [seal.merchantId, seal.n - 1]);
      const upTo = { committed: seal.lastCommitted, id: seal.lastId };
      // More than there should be shows what was added.
      return rowsBetween(seal.merchantId, { after: before ? sealOf(before) : null, upTo, limit: seal.count + 1 });
    },
    rowsAfter: async (seal, merchantId, limit) =>
      rowsBetween(merchantId, { after: seal, upTo: { committed: await settled(query), id: "" }, limit }),
  };
}

interface Between {
  readonly after: Seal | null;
  readonly upTo: { readonly committed: string; readonly id: string };
  readonly limit: number;
}

/** Before every id of a transaction. */
const LAST_ID = "";

/** All transactions before this one have ended, as far as they write events or actions. */
async function settled(query: Query): Promise<string> {
  const [one, other] = [await settledBefore(query, events), await settledBefore(query, adminActions)];
  return BigInt(one) < BigInt(other) ? one : other;
}

function placeOf(seal: Seal | null): readonly [committed: string, id: string] {
  return seal === null ? ["0", ""] : [seal.lastCommitted, seal.lastId];
}

function sealOf(row: Raw): Seal {
  return {
    merchantId: row.merchant_id as string,
    n: row.n as number,
    firstRow: row.first_row as number,
    count: row.count as number,
    from: row.first_at as Ms,
    until: row.last_at as Ms,
    root: row.root as string,
    previous: row.previous as string,
    sealedAt: row.sealed_at as Ms,
    hash: row.hash as string,
    mac: row.mac as string,
    lastCommitted: row.last_committed as string,
    lastId: row.last_id as string,
    marks: (row.marks as Buffer).toString("base64"),
  };
}

function parametersOf(seal: Seal): readonly unknown[] {
  const { merchantId, n, firstRow, count, from, until, root, previous, hash, mac, sealedAt, lastCommitted, lastId, marks } = seal;
  const times = [from, until, sealedAt];
  return [merchantId, n, firstRow, count, root, previous, hash, mac, lastCommitted, lastId, Buffer.from(marks, "base64"), ...times];
}

const names = "merchant_id, n, first_row, count, root, previous, hash, mac, last_committed, last_id, marks, first_at, last_at, sealed_at";
const shown = names.replace("last_committed", "last_committed::text as last_committed");

/** The rows of a merchant after ($2, $3) and before ($4, $5), or there, in both modes and in none. */
function rowsText(columns: string, of: { readonly line: (alias: string) => string }): string {
  const between = (alias: string): string =>
    `(${alias}.committed, ${alias}.id) > ($2::xid8, $3::text) and (${alias}.committed, ${alias}.id) <= ($4::xid8, $5::text)`;
  const event = (mode: string): string => `(select e.committed, e.id, e.created_at as at, ${of.line("e")} from events e
    where (e.merchant_id || e.mode) collate "C" = $1::text || '${mode}' and ${between("e")} order by e.committed, e.id limit $6::int)`;
  return `select ${columns} from (
    ${event("test")} union all ${event("live")} union all
    (select a.committed, a.id, a.at, ${of.line("a")} from admin_actions a
    where a.merchant_id = $1::text and ${between("a")} order by a.committed, a.id limit $6::int)
  ) t order by t.committed, t.id limit $6::int`;
}

/** Without a gap between the first that has rows in this time and the last: times are not quite in the order of commits. */
const isIn = `($3::float8 is null or s.last_at >= to_timestamp($3::float8 / 1000))
  and ($4::float8 is null or s.first_at < to_timestamp($4::float8 / 1000))`;

const texts = {
  lease: `insert into leases (name, token, until) values ('sealer', $1, to_timestamp($3::float8 / 1000))
    on conflict (name) do update set token = excluded.token, until = excluded.until
    where leases.token = excluded.token or leases.until <= to_timestamp($2::float8 / 1000) returning name`,
  unsealed: `select m.id as merchant_id, f.at from (select id from merchants union all select '') m
    left join lateral (select s.last_committed, s.last_id from seals s where s.merchant_id = m.id order by s.n desc limit 1) s on true
    cross join lateral (select min(t.at) as at from (
      ${["test", "live"]
        .map(
          (mode) => `(select e.created_at as at from events e where (e.merchant_id || e.mode) collate "C" = m.id || '${mode}'
          and (e.committed, e.id) > (coalesce(s.last_committed, '0'::xid8), coalesce(s.last_id, '')) order by e.committed, e.id limit 1)`,
        )
        .join(" union all ")} union all
      (select a.at from admin_actions a where a.merchant_id = m.id
        and (a.committed, a.id) > (coalesce(s.last_committed, '0'::xid8), coalesce(s.last_id, '')) order by a.committed, a.id limit 1)) t) f
    where f.at is not null order by f.at limit $1::int`,
  leaves: rowsText("t.committed::text as committed, t.id, t.at, t.leaf", { line: (alias) => `audit_leaf(audit_line(${alias})) as leaf` }),
  rows: rowsText("t.id, t.at, t.line", { line: (alias) => `audit_line(${alias}) as line` }),
  newest: `select ${shown} from seals where merchant_id = $1 order by n desc limit 1`,
  one: `select ${shown} from seals where merchant_id = $1 and n = $2`,
  seals: `select ${shown} from seals where merchant_id = $1 and n > $2
    and (($3::float8 is null and $4::float8 is null)
      or n between (select min(s.n) from seals s where s.merchant_id = $1 and ${isIn}) and (select max(s.n) from seals s where s.merchant_id = $1 and ${isIn}))
    order by n limit $5`,
  append: `insert into seals (${names}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9::xid8, $10, $11,
      to_timestamp($12::float8 / 1000), to_timestamp($13::float8 / 1000), to_timestamp($14::float8 / 1000))
    on conflict (merchant_id, n) do nothing returning n`,
};
