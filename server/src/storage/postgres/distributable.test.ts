/**
 * Whether the tables could be spread over several PostgreSQLs by merchant (Citus and its like): each key of a merchant's table holds
 * merchant_id, and each statement over one names it. What does not is listed here with what would have to be done; docs/scaling.md tells of it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { visitModule } from "../../../../scripts/check/source.mjs";

const here = import.meta.dirname;
const schema = readFileSync(`${here}/schema.sql`, "utf8");
const tables = new Map([...schema.matchAll(/^create table (\w+) \(([^]*?)^\)/gm)].map(([, name, body]) => [name!, body!]));
const isOfMerchants = (name: string): boolean => /^ {2}merchant_id /m.test(tables.get(name)!);
const ofMerchants = [...tables.keys()].filter(isOfMerchants);

/** Tables without a merchant. They are small, and stay whole: on one node, or copied to each. */
const WHOLE = {
  "of the installation": [
    "database_identity",
    "dead_messages",
    "leases",
    "migrations",
    "operator_alarm",
    "processes",
    "restores",
    "root_keys",
    "test_clock",
  ],
  "people, who may belong to several merchants": ["password_resets", "people", "person_sessions", "sign_in_tries"],
  "its id is the merchant_id of all others": ["merchants"],
};

/** Keys without merchant_id, and what makes them unique all the same, or where the look-up by them would have to go. */
const KEYS: Readonly<Record<string, string>> = {
  admin_actions_pkey: "made by us at random, and asked for with the merchant: merchant_id may be added; rows of the installation have none",
  api_keys_key: "a key comes without its merchant: it needs a directory of keys, kept whole",
  attempts_gateway_key: "a hash of merchant, key and attempt: unique within a merchant is unique; merchant_id may be added",
  checkout_sessions_id: "a shopper's link names the session alone: it needs a directory, or the merchant in the id",
  connector_accounts_id: "a gateway's webhook names the account alone: it needs a directory, kept whole",
  email_settings_id_key: "one row a merchant, and its id is made at random: merchant_id may be added",
  inbox_once: "an account belongs to one merchant: merchant_id may be added",
  invitations_pkey: "an invitation's link names it alone: it needs a directory, or stays whole beside people",
  payment_links_token: "a shopper's link names the token alone: it needs a directory, kept whole",
  saved_views_pkey: "made by us at random, and asked for with the merchant: merchant_id may be added",
  memberships_person_id_fkey: "people are kept whole, and a copy of them is on each node",
};

interface Key {
  readonly name: string;
  readonly columns: string;
}

function keysOf(table: string): Key[] {
  const inside = [
    ...tables.get(table)!.matchAll(/constraint (\w+) (?:PRIMARY KEY|UNIQUE(?: NULLS NOT DISTINCT)?|FOREIGN KEY) \(([^)]*)\)/g),
  ];
  const outside = [
    ...schema.matchAll(new RegExp(`^CREATE UNIQUE INDEX (\\w+) ON public\\.${table} USING btree \\(([^;]*?)\\)(?: WHERE|;)`, "gm")),
  ];
  return [...inside, ...outside].map(([, name, columns]) => ({ name: name!, columns: columns! }));
}

test("each table has merchant_id, or is small and stays whole", () => {
  expect([...tables.keys()].filter((name) => !isOfMerchants(name)).toSorted()).toEqual(Object.values(WHOLE).flat().toSorted());
  expect(ofMerchants.length).toBeGreaterThan(30);
});

test("each primary key, unique key and foreign key of a merchant's table holds merchant_id, but for those that are listed", () => {
  const keys = ofMerchants.flatMap(keysOf);
  expect(keys.length).toBeGreaterThan(70);
  expect(
    keys
      .filter(({ columns }) => !/\bmerchant_id\b/.test(columns))
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(Object.keys(KEYS).toSorted());
});

const OVER_ALL = "a walk over all merchants by the operator or the workers: it runs on each node by itself, over that node's merchants";
const BY_ID = "what comes from outside names no merchant: the directory says which node is asked";
const BY_OUR_ID = "by ids that were just read together with their merchants: the merchants may be sent along";
const WRITTEN = "each row that is written has its merchant, as one of the columns that are put in";
const PART = "the merchant stands in a part that is put in";

/** Statements over a merchant's tables that do not spell merchant_id, by file and how they begin. */
const STATEMENTS: readonly (readonly [file: string, begin: string, why: string])[] = [
  ["accounts.ts", "insert into connector_accounts", WRITTEN],
  ["accounts.ts", "select ${ACCOUNT_COLUMNS} from connector_accounts a where a.id = $1", BY_ID],
  ["accounts.ts", "select distinct connector from connector_accounts", OVER_ALL],
  ["alarms.ts", "select t.kind, count(*) as count", OVER_ALL],
  ["claim.ts", "with recursive walk(lane", OVER_ALL],
  ["claim.ts", "update jobs set lease_token = null", BY_OUR_ID],
  ["claim.ts", "update jobs t set tries = tries + 1", BY_OUR_ID],
  ["claim.ts", "with due as materialized", BY_OUR_ID],
  ["claim.ts", "with waiting as materialized ( select j.ctid", OVER_ALL],
  ["claim.ts", "with waiting as materialized ( select w.place", OVER_ALL],
  [
    "dead-messages.ts",
    "with job as materialized",
    "a message of an engine names the job alone: the directory is the job's place, which may carry the merchant",
  ],
  ["figures.ts", "with recursive walk(queue", OVER_ALL],
  ["figures.ts", "select t.kind, count(*) as open", OVER_ALL],
  ["figures.ts", "select t.invariant, count(*) as breaks", OVER_ALL],
  ["figures.ts", "select min(last_run_at)", OVER_ALL],
  ["figures.ts", "select (select max(seen_at) from processes", OVER_ALL],
  ["idempotency.ts", "put as (", WRITTEN],
  ["lookups.ts", 'select ${attempts.select("a")} from attempts a where a.gateway_key', BY_ID],
  ["lookups.ts", 'select ${attempts.select("a")} from attempts a where a.account_id', BY_ID],
  ["outbox.ts", 'select ${exchanges.select("t")} from exchanges t where t.id >', OVER_ALL],
  ["outbox.ts", "delete from exchanges t", BY_OUR_ID],
  ["outbox.ts", "select (select count(*)::int from (select from exchanges", OVER_ALL],
  ["payment-links.ts", 'select ${usedLinks.select("l")} from payment_links l where l.token', BY_ID],
  [
    "picked.ts",
    "select f.id from payment_finds f where f.${name}",
    "the words that are looked for carry the merchant, so that others' rows are not met",
  ],
  ["picked.ts", "select f.id from payment_finds f where ${of}", PART],
  ["picked.ts", "select * from ( (select", PART],
  ["purge.ts", "log as (delete from delivery_tries", BY_OUR_ID],
  ["reads.ts", "select count(*) as open from (select from cases", OVER_ALL],
  ["recover.ts", 'select ${deliveries.select("t")} from deliveries t where ${where.join', PART],
  ["requests.ts", "insert into requests select", WRITTEN],
  ["search.ts", "(select f.id from payment_finds f where f.email", "the words that are looked for carry the merchant"],
  ["search.ts", "(select f.id from payment_finds f where f.last4", "the words that are looked for carry the merchant"],
  ["search.ts", "(select f.id from unnest", "the words that are looked for carry the merchant"],
  ["settings.ts", "select ${ACCOUNT_COLUMNS} from connector_accounts a order by a.id limit 1", OVER_ALL],
  ["test-mode.ts", "select exists (select from api_keys", OVER_ALL],
];

/** Parts of statements that hold `merchant_id = …` for the rows of one merchant. */
const SCOPED = /\$\{(own|mine|all\.mine|some\.mine|same|sameOrder)\b/;

interface Statement {
  readonly file: string;
  readonly text: string;
}

function statements(): Statement[] {
  const isSource = (file: string): boolean => file.endsWith(".ts") && !/\.(test|testing)\.ts$/.test(file);
  const files = ["", "commit/"].flatMap((folder) => readdirSync(`${here}/${folder}`).map((file) => folder + file)).filter(isSource);
  const touches = new RegExp(`\\b(from|join|update|into)\\s+(${ofMerchants.join("|")})\\b`, "i");
  return files.flatMap((file) => {
    const source = readFileSync(`${here}/${file}`, "utf8");
    const found: Statement[] = [];
    visitModule(file, source, (node) => {
      const isText = node.type === "TemplateLiteral" || (node.type === "Literal" && typeof node.value === "string");
      const text = isText
        ? source
            .slice(node.start + 1, node["end"] - 1)
            .replaceAll(/\s+/g, " ")
            .trim()
        : "";
      if (touches.test(text)) found.push({ file, text });
    });
    return found;
  });
}

test("each statement over a merchant's tables names the merchant, but for those that are listed", () => {
  const all = statements();
  expect(all.length).toBeGreaterThan(150);
  const without = all.filter(({ text }) => !text.includes("merchant_id") && !SCOPED.test(text));
  const isListed = ({ file, text }: Statement): boolean => STATEMENTS.some(([of, begin]) => of === file && text.startsWith(begin));
  expect(without.filter((statement) => !isListed(statement))).toEqual([]);
  const isMet = ([of, begin]: (typeof STATEMENTS)[number]): boolean =>
    without.some(({ file, text }) => file === of && text.startsWith(begin));
  expect(STATEMENTS.filter((listed) => !isMet(listed))).toEqual([]);
});
