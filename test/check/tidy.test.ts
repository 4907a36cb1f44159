import { expect, test } from "vitest";
import { sqlCheck } from "../../scripts/check/sql.mjs";
import { tidyCheck } from "../../scripts/check/tidy.mjs";
import { lines, plant } from "./planted.ts";

// Words are put together from halves, so that this file does not hold the faults it plants.
const later = "TO" + "DO";

test.each([
  ["a note for later in code", "a.ts", `// ok\n// ${later}: mend`, "a.ts:2 leaves a note for later"],
  ["a note for later in a document", "a.md", `${"FIX" + "ME"} this`, "a.md:1 leaves a note for later"],
  ["a stub", "a.ts", `throw new ${"Err"}or("being built");`, "a.ts:1 is a stub"],
  ["a test that silences others", "a.test.ts", `test.${"on"}ly("x", () => {});`, "a.test.ts:1 runs one test and silences the others"],
  ["somebody's home directory", "a.md", `run \`${"/ho"}me/ann/bin/x\``, "a.md:1 names a path of one machine"],
  ["a temporary directory of this machine", "a.sh", `cat ${"/t"}mp/x`, "a.sh:1 names a path of one machine"],
  ["somebody's home directory on Windows", "a.json", `"${"C:\\\\"}Users\\\\ann"`, "a.json:1 names a path of one machine"],
  ["a registry", "a.json", `{"x": "https://registry.${"npmjs"}.org/x"}`, "a.json:1 names a package registry"],
  ["npm's configuration", ".npmrc", "ignore-scripts=true", ".npmrc:0 sets npm's configuration for everybody"],
  [
    "where a package was fetched",
    "package-lock.json",
    `{\n"resolved": "https://example.com/x.tgz"}`,
    "package-lock.json:2 pins where a package was fetched",
  ],
  ["a large file", "a.json", `"${"x".repeat(301 * 1024)}"`, "a.json:0 has 301 KB"],
  [
    "a range of versions",
    "server/package.json",
    `{\n"dependencies": {\n"x": "^1.2.3"}}`,
    `server/package.json:3 takes x in the version "^1.2.3"`,
  ],
  ["any version", "package.json", `{"devDependencies": {\n"x": "*"}}`, `package.json:2 takes x in the version "*"`],
])("tidy: %s is named", async (_name, file, text, message) => {
  expect(lines(await tidyCheck.run(plant({ "ok.ts": "export const ok = 1;\n", [file]: `${text}\n` })))).toEqual([message]);
});

test("tidy: an allowed tree passes", async () => {
  const root = plant({
    "package.json": `{"dependencies": {"a": "1.2.3", "b": "18.4.0-beta.17", "c": "npm:@x/c@1.0.0"}}\n`,
    "docs/openapi.json": `"${"x".repeat(301 * 1024)}"`,
    "package-lock.json": `{"resolved": "server", "link": true, "x": "${"y".repeat(400 * 1024)}"}\n`,
    "a.md": "`/usr/bin/chromium`, `/v1/payments`, `${TMPDIR:-/tmp}`\n",
  });
  expect(lines(await tidyCheck.run(root))).toEqual([]);
});

test("tidy: an empty tree is no pass", async () => {
  await expect(tidyCheck.run(plant({ ".gitignore": "*\n" }))).rejects.toThrow("git lists no file");
});

const home = "server/src/storage/postgres";

test.each([
  [
    "a query in a flow",
    "server/src/flows/a.ts",
    "export const a = `select id from payments where id = ${1}`;",
    "server/src/flows/a.ts:2 holds an SQL statement",
  ],
  [
    "an insert in an adapter",
    "server/src/queues/a.ts",
    `export const a = "insert into jobs values ($1)";`,
    "server/src/queues/a.ts:2 holds an SQL statement",
  ],
  [
    "an update in a command",
    "server/src/cli/a.ts",
    "export const a = `\n  UPDATE jobs AS j SET run_at = $1`;",
    "server/src/cli/a.ts:2 holds an SQL statement",
  ],
  [
    "a CTE in the API",
    "server/src/api/a.ts",
    "export const a = `with due as (select 1) select * from due`;",
    "server/src/api/a.ts:2 holds an SQL statement",
  ],
  [
    "a table made elsewhere",
    "server/src/embedded/a.ts",
    `export const a = "create table x (id int)";`,
    "server/src/embedded/a.ts:2 holds an SQL statement",
  ],
  [
    "the server's time in a query",
    `${home}/a.ts`,
    "export const a = `\n  select id from jobs\n  where run_at < now()`;",
    `${home}/a.ts:4 asks the server for the time`,
  ],
  [
    "the server's time in the schema",
    `${home}/a.sql`,
    "-- now() would be wrong\ncreated_at timestamptz default current_timestamp",
    `${home}/a.sql:3 asks the server for the time`,
  ],
  ["an SQL file elsewhere", "server/src/queues/a.sql", "select 1;", "server/src/queues/a.sql:0 is an SQL file"],
])("sql: %s is named", async (_name, file, text, message) => {
  const root = plant({
    "server/src/core/ok.ts": "export const ok = 1;\n",
    [file]: `${file.endsWith(".sql") ? "-- x" : "// x"}\n${text}\n`,
  });
  expect(lines(await sqlCheck.run(root))).toEqual([message]);
});

test("sql: in its own folder, in tests, in sentences and in queries of the catalog it passes", async () => {
  const root = plant({
    [`${home}/a.ts`]: "export const a = `select id from jobs where run_at < $1`;\nexport const b = `select clock_timestamp()`;\n",
    "server/src/api/a.test.ts": "export const a = `select id from jobs`;\n",
    "server/src/embedded/a.ts": `export const a = ["select 1", "select 1 from pg_database", "Select a merchant from the list", "update your key"];\n`,
  });
  // The third is a sentence that reads like SQL; such a text is rare enough to be worded differently.
  expect(lines(await sqlCheck.run(root))).toEqual(["server/src/embedded/a.ts:1 holds an SQL statement"]);
});

test("sql: a tree without modules is no pass", async () => {
  await expect(sqlCheck.run(plant({ "a.md": "x\n" }))).rejects.toThrow("found no module");
});
