/** How far each account's books were compared with its gateway's. */
import type { ConnectorAccount, Sweep } from "../../core/model.ts";
import type { Settings } from "../../core/ports/settings.ts";
import { withFailures, type Database } from "./connect.ts";
import type { Raw } from "./lookups.ts";

/** Throws `StoreUnavailable`. */
export function sweepSettings(database: Database): Pick<Settings, "sweep" | "putSweep" | "unsweptAccounts"> {
  const { query } = withFailures(database);
  return {
    async sweep({ merchantId, mode, id }) {
      const [row] = await query({ name: "find_sweep", text: find }, [merchantId, mode, id]);
      return row ? sweepOf(row) : null;
    },
    async putSweep({ merchantId, mode, accountId, sweptUntil, walk, spanMs, finishedAt, seen, found, failure }) {
      const values = [
        merchantId,
        mode,
        accountId,
        sweptUntil,
        walk?.at ?? null,
        walk?.until ?? null,
        spanMs,
        finishedAt,
        seen,
        found,
        failure,
      ];
      await query({ name: "put_sweep", text: put }, values);
    },
    async unsweptAccounts(connectors, limit) {
      const rows = await query({ name: "unswept_accounts", text: unswept }, [connectors, limit]);
      return rows.map(
        (row) => ({ merchantId: row.merchant_id, mode: row.mode, id: row.id }) as Pick<ConnectorAccount, "merchantId" | "mode" | "id">,
      );
    },
  };
}

function sweepOf(row: Raw): Sweep {
  const at = row.walk_at as number | null;
  return {
    merchantId: row.merchant_id as string,
    mode: row.mode as Sweep["mode"],
    accountId: row.account_id as string,
    sweptUntil: row.swept_until as number,
    walk: at === null ? null : { at, until: row.walk_until as number },
    spanMs: Number(row.span_ms),
    finishedAt: row.finished_at as number | null,
    seen: Number(row.seen),
    found: Number(row.found),
    failure: row.failure as string | null,
  };
}

const time = (name: string): string => `round(extract(epoch from s.${name}) * 1000)::float8 as ${name}`;

const find = `select s.merchant_id, s.mode, s.account_id, ${time("swept_until")}, ${time("walk_at")}, ${time("walk_until")}, s.span_ms::float8 as span_ms,
  ${time("finished_at")}, s.seen::float8 as seen, s.found::float8 as found, s.failure
from sweeps s where s.merchant_id = $1 and s.mode = $2 and s.account_id = $3`;

const at = (n: number): string => `to_timestamp($${n}::float8 / 1000)`;

const put = `insert into sweeps (merchant_id, mode, account_id, swept_until, walk_at, walk_until, span_ms, finished_at, seen, found, failure)
values ($1, $2, $3, ${at(4)}, ${at(5)}, ${at(6)}, $7, ${at(8)}, $9, $10, $11)
on conflict (merchant_id, mode, account_id) do update set swept_until = excluded.swept_until, walk_at = excluded.walk_at,
  walk_until = excluded.walk_until, span_ms = excluded.span_ms, finished_at = excluded.finished_at, seen = excluded.seen,
  found = excluded.found, failure = excluded.failure`;

/** The job's id is made of the account's. */
const unswept = `select a.merchant_id, a.mode, a.id from connector_accounts a
where a.status = 'enabled' and a.connector = any($1::text[])
  and not exists (select from jobs j where j.id = 'job_' || substr(a.id, 5) and j.merchant_id = a.merchant_id and j.mode = a.mode)
order by a.id limit $2`;
