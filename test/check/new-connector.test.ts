import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scaffold } from "../../scripts/new-connector/scaffold.mjs";

const project = resolve(import.meta.dirname, "../..");
const script = join(project, "scripts/new-connector.mjs");
const table = "server/src/connectors/index.ts";

describe("new-connector: names", () => {
  const place = {
    there: ["stripe", "base.ts"],
    tableText: readFileSync(join(project, table), "utf8"),
    templates: { "map.ts.txt": "{{name}} {{Title}}\n" },
  };

  test.each([
    ["", "is no name"],
    ["a", "is no name"],
    ["Acme", "is no name"],
    ["acme-pay", "is no name"],
    ["acme_pay", "is no name"],
    ["7acme", "is no name"],
    ["../acme", "is no name"],
    ["a".repeat(21), "is no name"],
    ["class", "is taken by the code around it"],
    ["await", "is taken by the code around it"],
    ["base", "is taken by the code around it"],
    ["stripe", "is there already"],
  ])("%j is refused, with what to do", (name, why) => {
    expect(scaffold(name, place)).toEqual({ problem: expect.stringContaining(why) });
  });

  test.each([
    ["acme", "acme, razorpay, sandbox, stripe"],
    ["square", "razorpay, sandbox, square, stripe"],
    ["zeta9", "razorpay, sandbox, stripe, zeta9"],
  ])("%s stands in the table at its place of the alphabet", (name, members) => {
    const made = scaffold(name, place) as { readonly files: Readonly<Record<string, string>> };
    expect(made.files[table]).toContain(`= { ${members} };`);
    const imported = [...made.files[table]!.matchAll(/from "\.\/(\w+)\/index\.ts"/g)].map(([, each]) => each);
    expect(imported.join(", ")).toBe(members);
    expect(made.files[`server/src/connectors/${name}/map.ts`]).toBe(`${name} ${name[0]!.toUpperCase()}${name.slice(1)}\n`);
  });

  test("a table that was rewritten is not guessed at", () => {
    expect(scaffold("acme", { ...place, tableText: "export const connectors = new Map();" })).toEqual({
      problem: expect.stringContaining("does not look as expected"),
    });
  });
});

describe("new-connector: what it writes", () => {
  let root = "";
  /** A copy of what a connector stands on, with the tools of the project. */
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "tillway scaffold "));
    mkdirSync(join(root, "server"));
    for (const own of ["server/src", ".oxlintrc.json", ".oxfmtrc.json", "package.json", "tsconfig.base.json", "tsconfig.test.json"])
      cpSync(join(project, own), join(root, own), { recursive: true });
    for (const shared of ["node_modules", "sandbox", "test"]) symlinkSync(join(project, shared), join(root, shared), "dir");
    const {
      include: _,
      exclude: __,
      ...rest
    } = JSON.parse(readFileSync(join(root, "tsconfig.test.json"), "utf8")) as Record<string, unknown>;
    writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ ...rest, include: ["server/src/connectors/acme", table] }));
    const alias = { "@tillway/sandbox": join(project, "sandbox/src/index.ts") };
    writeFileSync(join(root, "vitest.config.mjs"), `export default ${JSON.stringify({ resolve: { alias }, test: { pool: "forks" } })};\n`);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const run = (...words: string[]) => spawnSync(process.execPath, [script, ...words], { cwd: root, encoding: "utf8" });
  const tool = (path: string, ...words: string[]) =>
    spawnSync(process.execPath, [join(project, "node_modules", path), ...words], { cwd: root, encoding: "utf8" });
  const folder = () => join(root, "server/src/connectors/acme");
  /** First lines of what fails in the conformance run, by scenario. */
  const failures = (): ReadonlyMap<string, string> => {
    tool("vitest/vitest.mjs", "run", "acme", "--root", root, "--reporter=json", "--outputFile=report.json");
    const report = JSON.parse(readFileSync(join(root, "report.json"), "utf8")) as {
      readonly testResults: readonly {
        readonly assertionResults: readonly { readonly fullName: string; readonly failureMessages: readonly string[] }[];
      }[];
    };
    const all = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    expect(all.length).toBeGreaterThan(100);
    return new Map(
      all
        .filter(({ failureMessages }) => failureMessages.length > 0)
        .map(({ fullName, failureMessages }) => [fullName, failureMessages[0]!.split("\n")[0]!]),
    );
  };

  test("help and mistakes write nothing", () => {
    expect(run("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("npm run new-connector NAME") });
    expect(run()).toMatchObject({ status: 2, stderr: expect.stringContaining("Name one connector.") });
    expect(run("a", "b")).toMatchObject({ status: 2 });
    expect(run("Acme")).toMatchObject({ status: 2, stderr: expect.stringContaining("is no name") });
    expect(existsSync(folder())).toBe(false);
  });

  test("its files fit: no type error, no finding of lint, nothing to format, and a second run changes nothing", () => {
    expect(run("acme")).toMatchObject({ status: 0, stdout: expect.stringContaining("npx vitest run acme") });
    expect(readdirSync(folder())).toEqual([
      "account.ts",
      "conformance.test.ts",
      "connector.ts",
      "far-side.testing.ts",
      "index.ts",
      "map.ts",
      "webhooks.ts",
    ]);
    expect(tool("typescript/bin/tsc", "-p", "tsconfig.json", "--pretty", "false").stdout).toBe("");
    expect(tool("oxlint/bin/oxlint", "server/src/connectors/acme").stdout).toContain("Found 0 warnings and 0 errors.");
    expect(tool("oxfmt/bin/oxfmt", "--list-different", "server/src/connectors").stdout).toBe("");
    const before = readFileSync(join(root, table), "utf8");
    expect(run("acme")).toMatchObject({ status: 2, stderr: expect.stringContaining("is there already") });
    expect(readFileSync(join(root, table), "utf8")).toBe(before);
  });

  test("it fails with sentences that say what to write, and in no other way", () => {
    const first = failures();
    expect([...first.values()].filter((line) => !line.startsWith("Error: FILL IN "))).toEqual([expect.stringContaining("expected [")]);
    const missing = `approved approvedUpi captureRefused card_declined challenge declinedThenCaptured declinedUpi fraud_suspected
      insufficient_funds netbanking pending pendingThenApproved refundRefused storedErrorAfter unknownStatus voidRefused wrongAmount`.split(
      /\s+/,
    );
    const world = (what: string, hint = `bring "${what}" about`) =>
      `the world of acme: ${hint}, or say in \`lacks.${what}\` why the gateway has none, with the source`;
    expect(sentences(first)).toEqual([
      "account.ts: the path of a GET without an effect, such as a list of one payment",
      "conformance.test.ts: how the gateway signs a webhook",
      ...missing.map((what) => world(what)),
      world("idempotency_keys", "say what it answers while a key is in use (`inUse`)"),
      world("canceling", "write the connector's `cancel`, and in its capabilities what it cancels by"),
      world("list", "write the connector's `list`"),
    ]);
    // The next step: a token that is approved. Now the connector's own requests are missing.
    const file = join(folder(), "conformance.test.ts");
    const approved = 'approved: { type: "card", connector: NAME, token: "tok_1", network: null, last4: null }';
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(`methods: World["methods"] = {}`, `methods: World["methods"] = { ${approved} }`),
    );
    expect(sentences(failures())).toContain("connector.ts: the request of a charge");
  });
});

function sentences(failed: ReadonlyMap<string, string>): string[] {
  const found = [...failed.values()].flatMap((line) => /FILL IN (.*)/.exec(line)?.[1] ?? []);
  return [...new Set(found)].toSorted();
}
