/** `tillway audit` as an operator and an auditor type them: real processes over a database that was worked with. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealNew } from "../../server/src/flows/audit/seal.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { temporaryPlace } from "../support/embedded.ts";
import { waitFor } from "../support/wait-for.ts";
import { run } from "./support/program.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";
import "./support/patience.ts";

const USAGE = 2;

let stage: Stage;
let shop: StageMerchant;
let email: string;
let folder: string;
let remove: () => void;

beforeAll(async () => {
  ({ path: folder, remove } = temporaryPlace());
  stage = await openStage(databaseServers()[0]!.url);
  shop = await stage.merchant();
  email = await connect(stage.databaseUrl, async (client) => (await client.query("select email from merchants")).rows[0].email as string);
});
afterAll(async () => {
  await stage?.close();
  remove?.();
});

/** As on a machine that has the database and the master key. */
const tillway = (...argv: string[]) =>
  run(argv, {
    DATABASE_URL: stage.databaseUrl,
    TILLWAY_MASTER_KEY: "07".repeat(32),
    SANDBOX_URL: stage.sandboxUrl,
  });
/** As the database has it: the readers of the API wait for a connection no longer than a caller would. */
const rows = (text: string): Promise<Record<string, unknown>[]> =>
  connect(stage.databaseUrl, async (client) => (await client.query(text, [shop.created.merchantId])).rows as Record<string, unknown>[]);
const newestSeal = () => rows("select hash, first_row + count - 1 as rows from seals where merchant_id = $1 order by n desc limit 1");
/** As on a machine that has nothing but a file. */
const alone = (...argv: string[]) => run(argv, { TILLWAY_HOME: join(folder, "no home") });

describe("tillway audit", () => {
  let file: string;
  let head: string;
  /** The key that was made last. */
  let second: string;
  beforeAll(async () => {
    file = join(folder, "audit.ndjson");
    for (const name of ["First", "Second"])
      second = (await shop.client.post("/v1/keys", { name, scopes: ["payments.read"] })).json.id as string;
    const [all] = await rows("select count(*) from admin_actions where merchant_id = $1");
    const { audit, auditMac: mac, deps } = stage.parts;
    const isSealed = async () => {
      // Rows that others may still commit before are left for the next time.
      await sealNew({ audit, clock: deps.clock, mac, token: "the test" });
      return Number((await newestSeal())[0]?.["rows"]) >= Number(all!["count"]);
    };
    await waitFor("all of it to be sealed", isSealed, { timeoutMs: 60_000, pauseMs: 200 });
  });

  it("actions: says of each who, when, what, and how it was before and after; page by page", async () => {
    const { code, out, err } = await tillway("audit", "actions", "--email", email, "--subject", second);
    expect([code, err]).toEqual([0, ""]);
    const noted = await rows(`select id, at from admin_actions where merchant_id = $1 and subject = '${second}'`);
    const { id, at } = noted[0] as { id: string; at: Date };
    expect(out).toContain(`${id}  ${at.toISOString()}  key key_`);
    expect(out).toContain(`api_key.created  ${second}\n  null → {`);
    expect(out).toContain('"name":"Second"');
    const names: string[] = [];
    for (let after: string | null = ""; after !== null;) {
      const given: readonly string[] = after === "" ? [] : ["--after", after];
      const page = await tillway("audit", "actions", "--email", email, "--action", "api_key.", "--limit", "2", ...given, "--json");
      const { data, has_more } = JSON.parse(page.out) as { data: { id: string; after: { name: string } }[]; has_more: boolean };
      names.push(...data.map((row) => row.after.name));
      after = has_more ? data.at(-1)!.id : null;
    }
    expect(names.toSorted()).toEqual(["Default", "First", "Second"]);
  });

  it("head: is the hash that the API shows; export: a file that is whole, and is not written over", async () => {
    const { out } = await tillway("audit", "head", "--email", email, "--json");
    ({ hash: head } = JSON.parse(out) as { hash: string });
    expect(await newestSeal()).toMatchObject([{ hash: head }]);
    const exported = await tillway("audit", "export", "--email", email, "--out", file);
    expect([exported.code, exported.out]).toEqual([0, expect.stringContaining(`Check it: tillway audit verify ${file}`)]);
    const again = await tillway("audit", "export", "--email", email, "--out", file);
    expect([again.code, again.err]).toEqual([USAGE, expect.stringContaining("--out: EEXIST")]);
    const whole = await alone("audit", "verify", file, "--head", head);
    expect([whole.code, whole.out]).toEqual([0, expect.stringMatching(/^Whole: \d+ rows, \d+ seals\./)]);
    const key = (await tillway("audit", "key", "--email", email, "--json")).out;
    const proven = await alone("audit", "verify", file, "--key", (JSON.parse(key) as { key: string }).key, "--json");
    expect([proven.code, JSON.parse(proven.out)]).toEqual([0, expect.objectContaining({ broken: null, head, notes: expect.any(Array) })]);
  });

  const isRow = (line: string) => line.includes('"object":"admin_action"');
  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ["edited", (lines) => lines.map((line) => line.replace("Second", "Other")), /^BROKEN at line \d+: .*is not what was sealed/],
    ["short of a row", (lines) => lines.toSpliced(lines.findIndex(isRow), 1), /^BROKEN at line \d+: /],
    ["in another order", (lines) => swapped(lines, lines.findIndex(isRow)), /^BROKEN at line \d+: /],
    ["cut off", (lines) => lines.slice(0, -1), /^BROKEN at line \d+: /],
  ])("verify: a file that is %s is refused with code 1 and the line (security row 18)", async (name, change, words) => {
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const bad = join(folder, `${name}.ndjson`);
    writeFileSync(bad, `${change(lines).join("\n")}\n`);
    const { code, out } = await alone("audit", "verify", bad);
    expect([code, out]).toEqual([1, expect.stringMatching(words)]);
  });
  const swapped = (lines: string[], at: number): string[] => lines.toSpliced(at, 2, lines[at + 1]!, lines[at]!);

  it("verify: a hash or a key that is another one is refused, and so is a call that names no file", async () => {
    const [other, forged, none] = [
      await alone("audit", "verify", file, "--head", "0".repeat(64)),
      await alone("audit", "verify", file, "--key", "0".repeat(64)),
      await alone("audit", "verify", join(folder, "nothing.ndjson")),
    ];
    expect([other.code, other.out]).toEqual([1, expect.stringContaining("No seal has the noted hash")]);
    expect([forged.code, forged.out]).toEqual([1, expect.stringMatching(/^BROKEN at line/)]);
    expect([none.code, none.err]).toEqual([USAGE, expect.stringContaining("ENOENT")]);
  });
});
