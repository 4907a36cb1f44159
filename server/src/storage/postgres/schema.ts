import { openSession, STEADY } from "./session.ts";

/**
 * The schema of this database as text, in the words of PostgreSQL's own catalogue: the same text on every major version, so that
 * `schema.sql` shows in a review what a migration changed, and a database that has drifted from it is noticed.
 */
export async function dumpSchema(databaseUrl: string): Promise<string> {
  const client = await openSession(databaseUrl, STEADY);
  try {
    const tables = await client.query(tablesQuery);
    const functions = await client.query(functionsQuery);
    const parts = [...functions.rows.map((row) => `${row.text};`), ...tables.rows.map(tableText)];
    return `${HEADER}\n${parts.join("\n\n")}\n`;
  } finally {
    await client.end();
  }
}

/** What differs, line by line; empty where nothing does. */
export function schemaDrift(expected: string, found: string): string[] {
  const [wanted, had] = [lines(expected), lines(found)];
  return [
    ...wanted.filter((line) => !had.includes(line)).map((line) => `missing: ${line}`),
    ...had.filter((line) => !wanted.includes(line)).map((line) => `not expected: ${line}`),
  ];
}

const HEADER = "-- Written by scripts/schema.mjs from the migrations. Do not edit: write a migration.\n";

/** Each line with its table or function, since equal lines stand in many of them. */
function lines(schema: string): string[] {
  let within = "";
  return schema.split("\n").map((line) => {
    if (!/^create /i.test(line)) return `${within} ${line}`.trim();
    within = line;
    return line;
  });
}

function tableText(row: {
  name: string;
  options: string | null;
  columns: string[];
  constraints: string[] | null;
  indexes: string[] | null;
  triggers: string[] | null;
}): string {
  const body = [...row.columns, ...(row.constraints ?? [])].map((line) => `  ${line}`).join(",\n");
  const options = row.options ? ` with (${row.options})` : "";
  const after = [...(row.indexes ?? []), ...(row.triggers ?? [])].map((line) => `${line};`);
  return [`create table ${row.name} (\n${body}\n)${options};`, ...after].join("\n");
}

const functionsQuery = `
select pg_get_functiondef(p.oid) as text from pg_proc p where p.pronamespace = 'public'::regnamespace order by p.proname, pg_get_function_identity_arguments(p.oid)`;

/** Without not-null constraints (contype n), which only PostgreSQL 18 keeps as rows of their own. */
const tablesQuery = `
select c.relname as name, array_to_string(c.reloptions, ', ') as options,
  (select array_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attcollation <> t.typcollation then 'collate ' || quote_ident(l.collname) end,
      case when a.attnotnull then 'not null' end, case a.attgenerated when 's' then 'generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
        else 'default ' || pg_get_expr(d.adbin, d.adrelid) end) order by a.attnum)
    from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_collation l on l.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select array_agg('constraint ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) order by k.contype, k.conname)
    from pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c')) as constraints,
  (select array_agg(pg_get_indexdef(i.indexrelid) order by pg_get_indexdef(i.indexrelid)) from pg_index i
    where i.indrelid = c.oid and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u'))) as indexes,
  (select array_agg(pg_get_triggerdef(g.oid) order by g.tgname) from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal) as triggers
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
order by c.relname`;
