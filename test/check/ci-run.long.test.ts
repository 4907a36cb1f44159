import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { plant } from "./planted.ts";

const project = resolve(import.meta.dirname, "../..");

/** The steps of the stand-in for npm, as shell lines. */
interface Steps {
  readonly install?: string;
  readonly tests?: string;
  readonly proof?: string;
  readonly contract?: string;
  readonly deploy?: string;
  readonly checks?: string;
}

const report = (...statuses: string[]) =>
  JSON.stringify({ testResults: [{ name: "x", status: "passed", assertionResults: statuses.map((status) => ({ status })) }] });

const noContract = `printf '%s' '{"passed":0,"failed":0,"skipped":0}' >"$file"`;
const noDeploy = noContract;

/** Runs .ci/run in a directory with a space, with a stand-in for npm, and no service. */
function ciRun(
  { install = "true", tests = "true", proof = "true", contract = noContract, deploy = noDeploy, checks = "true" }: Steps,
  beside: Readonly<Record<string, string>> = {},
): { code: number | null; lines: string[] } {
  const npm = [
    "#!/usr/bin/env bash",
    // The last argument of the test step is --outputFile.json=FILE, that of the check step is FILE.
    'last="${!#}"; file="${last#*=}"',
    `case "$1" in ci) ${install} ;; test) ${tests} ;; run) if [ "$2" = proof ]; then ${proof}; elif [ "$2" = contract ]; then ${contract}; elif [ "$2" = check:deploy ]; then ${deploy}; else ${checks}; fi ;; esac`,
  ];
  const root = plant({ "work tree/bin/npm": `${npm.join("\n")}\n`, ...beside });
  for (const name of Object.keys(beside)) chmodSync(join(root, name), 0o755);
  const tree = join(root, "work tree");
  for (const name of [".ci", "scripts"]) {
    mkdirSync(join(tree, name));
    cpSync(join(project, name), join(tree, name), { recursive: true });
  }
  chmodSync(join(tree, "bin/npm"), 0o755);
  // Servers of a run that these tests are a part of.
  const rest = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_URL$|^KAFKA_BROKERS$/.test(name)));
  const env = { ...rest, PATH: `${join(tree, "bin")}${delimiter}${rest["PATH"]}`, CI_GRACE_SECONDS: "1" };
  const { status, stdout } = spawnSync("bash", [join(tree, ".ci/run")], { env, encoding: "utf8", cwd: "/" });
  return { code: status, lines: stdout.trimEnd().split("\n") };
}

test("a tool of others that finds a fault is counted, and so is a run of them without a result", () => {
  const found = ciRun({
    tests: goodTests,
    contract: `printf '%s' '{"passed":3,"failed":1,"skipped":1}' >"$file"; exit 1`,
    checks: goodChecks,
  });
  expect([found.code, found.lines.at(-1)]).toEqual([1, "16 passed, 1 failed, 2 skipped"]);
  const none = ciRun({ tests: goodTests, contract: "exit 1", checks: goodChecks });
  expect([none.code, none.lines.at(-1)]).toEqual([1, "13 passed, 1 failed, 1 skipped"]);
});

const goodTests = `printf '%s' '${report("passed", "passed", "skipped")}' >"$file"`;
const goodChecks = `printf '%s' '{"passed":11,"failed":0}' >"$file"`;

test("a good run ends with its counts and exit code 0", () => {
  const { code, lines } = ciRun({ tests: goodTests, checks: goodChecks });
  expect(lines.at(-1)).toBe("13 passed, 0 failed, 1 skipped");
  expect(code).toBe(0);
});

test.each([
  ["an install that fails", { install: "exit 1" }, "0 passed, 1 failed, 0 skipped"],
  [
    "a failed test",
    { tests: `printf '%s' '${report("passed", "failed")}' >"$file"; exit 1`, checks: goodChecks },
    "12 passed, 1 failed, 0 skipped",
  ],
  ["tests that ended without a report", { tests: "exit 137", checks: goodChecks }, "11 passed, 1 failed, 0 skipped"],
  ["a run without tests", { tests: `printf '%s' '{"testResults":[]}' >"$file"`, checks: goodChecks }, "11 passed, 1 failed, 0 skipped"],
  [
    "a failed check",
    { tests: goodTests, checks: `printf '%s' '{"passed":10,"failed":1}' >"$file"; exit 1` },
    "12 passed, 1 failed, 1 skipped",
  ],
  ["a proof that fails", { tests: goodTests, proof: "exit 1", checks: goodChecks }, "13 passed, 1 failed, 1 skipped"],
  [
    "a fault in what is deployed",
    { tests: goodTests, deploy: `printf '%s' '{"passed":2,"failed":1,"skipped":1}' >"$file"; exit 1`, checks: goodChecks },
    "15 passed, 1 failed, 2 skipped",
  ],
  [
    "checks of what is deployed without a result",
    { tests: goodTests, deploy: "exit 1", checks: goodChecks },
    "13 passed, 1 failed, 1 skipped",
  ],
  ["checks that ended without a result", { tests: goodTests, checks: "exit 1" }, "2 passed, 1 failed, 1 skipped"],
])("%s is counted, and the exit code says so", (_name, steps, last) => {
  const { code, lines } = ciRun(steps);
  expect(lines.at(-1)).toBe(last);
  expect(code).toBe(1);
});

test("servers of its own are started for the tests and ended at the end, also after a failure", () => {
  const urls = `postgres) echo "export DATABASE_URL=postgres://$SERVICES_PORT_BASE/x DATABASE_REPLICA_URL=postgres://$SERVICES_PORT_BASE/x" ;; *) echo "export STRIPE_MOCK_URL=http://$SERVICES_PORT_BASE/x" ;;`;
  const services = {
    "shared/services/up": `#!/usr/bin/env bash\necho "up $*" >&2\ncase $1 in ${urls} esac\n`,
    "shared/services/down": '#!/usr/bin/env bash\necho "down $*"\n',
  };
  const { code, lines } = ciRun(
    { tests: 'echo "tests use $DATABASE_URL and $STRIPE_MOCK_URL, required: $REQUIRE_SERVICES"; exit 1', checks: goodChecks },
    services,
  );
  expect(lines).toContainEqual(expect.stringMatching(/^tests use postgres:\/\/(\d{5})\/x and http:\/\/\1\/x, required: 1$/));
  expect(lines.findIndex((line) => line.startsWith("down postgres stripe-mock mailpit redis"))).toBeGreaterThan(lines.indexOf("== checks"));
  expect(code).toBe(1);
});

test.skipIf(process.platform !== "linux")("a process that a test leaves behind is named, ended and counted", () => {
  const { code, lines } = ciRun({ tests: `${goodTests}; setsid sleep 300 >/dev/null 2>&1 &`, checks: goodChecks });
  const named = lines.find((line) => line.startsWith("ci: left running: "));
  expect(named).toContain("sleep 300");
  expect(commandLine(Number(named?.split(" ")[3]))).toBe("");
  expect(lines.at(-1)).toBe("13 passed, 1 failed, 1 skipped");
  expect(code).toBe(1);
});

/** Empty for a process that is gone, or that has ended and was not collected yet. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
