/** The command line as real processes: starts that fail or are called off, the output of each command, endpoints set by hand. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../support/connect.ts";
import { databaseServers, withDatabase, type FreshDatabase } from "../support/databases.ts";
import { postmasterPid, temporaryPlace } from "../support/embedded.ts";
import { migratedDatabase } from "../support/migrated-database.ts";
import { waitFor } from "../support/wait-for.ts";
import { launch, processesOf, run } from "./support/program.ts";
import "./support/patience.ts";

/** What the tests opened; closed after all of them, since some run side by side. */
const open: (() => Promise<unknown>)[] = [];
const MASTER_KEY = "5a".repeat(32);

let database: FreshDatabase;
let environment: Record<string, string>;

beforeAll(async () => {
  database = await migratedDatabase(databaseServers()[0]!.url);
  // Port 9 takes no connection: a sandbox that is away.
  environment = { DATABASE_URL: database.url, TILLWAY_MASTER_KEY: MASTER_KEY, SANDBOX_URL: "http://127.0.0.1:9", API_PORT: "0" };
  const made = await run(["merchant", "create", "--name", "Shop", "--email", "shop@merchant.example", "--json"], environment);
  expect(made.code, made.err).toBe(0);
});
afterAll(async () => {
  await Promise.allSettled(open.map((close) => close()));
  await database?.drop();
});

function home(): string {
  const { path, remove } = temporaryPlace();
  open.push(remove);
  return join(path, "home");
}

async function takenPort(): Promise<string> {
  const neighbour = createServer();
  await new Promise<void>((resolve) => neighbour.listen(0, "127.0.0.1", resolve));
  open.push(() => new Promise((resolve) => neighbour.close(resolve)));
  return String((neighbour.address() as AddressInfo).port);
}

describe("a server that cannot start ends with code 1 and one line", () => {
  it.concurrent.each<[string, string[], (place: string) => Promise<Record<string, string>>, RegExp]>([
    ["api, port taken", ["api"], async () => ({ API_PORT: await takenPort() }), /EADDRINUSE.*API_PORT/],
    ["api, another master key", ["api"], async () => ({ TILLWAY_MASTER_KEY: "5b".repeat(32) }), /TILLWAY_MASTER_KEY is not the key/],
    ["worker, another master key", ["worker"], async () => ({ TILLWAY_MASTER_KEY: "5b".repeat(32) }), /TILLWAY_MASTER_KEY is not the key/],
    [
      "worker, no such database",
      ["worker"],
      async () => ({ DATABASE_URL: withDatabase(database.url, "gone") }),
      /does not exist\. Create it first/,
    ],
    ["worker, wrong password", ["worker"], async () => ({ DATABASE_URL: wrongPassword() }), /user or password of DATABASE_URL/],
    ["gateway, port taken", ["gateway", "sandbox"], async () => ({ SANDBOX_PORT: await takenPort() }), /EADDRINUSE.*SANDBOX_PORT/],
    ["all, a home that is a file", ["all"], async (place) => (writeFileSync(place, ""), {}), /TILLWAY_HOME/],
  ])("%s", async (_name, argv, changes, line) => {
    const place = home();
    const given = argv[0] === "all" ? { API_PORT: "0" } : environment;
    const { code, err } = await run(argv, { ...given, TILLWAY_HOME: place, ...(await changes(place)) });
    expect(err.trim().split("\n")).toEqual([expect.stringMatching(line)]);
    expect(code).toBe(1);
    // Its port and home are free again.
    const sandbox = join(place, "sandbox");
    if (existsSync(sandbox)) expect(readdirSync(sandbox).filter((name) => name.includes("lock"))).toEqual([]);
  });

  function wrongPassword(): string {
    const url = new URL(database.url);
    url.password = "wrong";
    return url.href;
  }
});

describe("a first start that is called off", () => {
  it.concurrent.each([
    ["SIGINT", { code: 130, signal: null }],
    ["SIGTERM", { code: 143, signal: null }],
    ["SIGHUP", { code: null, signal: "SIGHUP" }],
  ] as const)("by %s ends quietly: no banner, no stack, no process", async (signal, end) => {
    const place = home();
    const program = launch(["all"], { TILLWAY_HOME: place, API_PORT: "0", LOG_LEVEL: "warn" });
    await program.printed(/Starting PostgreSQL/);
    await program.stop(signal);
    expect(await program.ended).toEqual(end);
    expect([program.out.trim(), program.err]).toEqual(["Starting PostgreSQL …", ""]);
    await waitFor("its processes to go", () => processesOf(place).length === 0);
    expect(postmasterPid(place)).toBeNull();
  });
});

it("a closed terminal stops all in order: PostgreSQL goes with it", async () => {
  const place = home();
  const program = launch(["all"], { TILLWAY_HOME: place, API_PORT: "0" });
  await program.printed(/Stop with Ctrl-C/, 90_000);
  await program.stop("SIGHUP");
  expect(await program.ended).toEqual({ code: null, signal: "SIGHUP" });
  await waitFor("its processes to go", () => processesOf(place).length === 0);
  expect(postmasterPid(place)).toBeNull();
});

describe("a setting without effect is a note on stderr, and leaves stdout to programs", () => {
  it.concurrent("by a command", async () => {
    const { code, out, err } = await run(["migrate", "--json"], { ...environment, TILLWAY_FOO: "1", TEST_PAYMENT_SUCCESS: "false" });
    expect([code, JSON.parse(out)]).toEqual([0, { applied: [], version: expect.any(Number) as number }]);
    expect(err.trim().split("\n")).toEqual([
      "tillway: note: TILLWAY_FOO is set but Tillway knows no such variable.",
      "tillway: note: TEST_PAYMENT_SUCCESS is set but has no effect without TEST_MODE=true.",
    ]);
  });

  it.concurrent.each([
    ["api", /the API listens/],
    ["worker", /the worker works/],
  ])("by tillway %s", async (role, ready) => {
    const program = launch([role], { ...environment, TILLWAY_FOO: "1" });
    open.push(() => program.stop("SIGKILL"));
    await program.printed(ready);
    expect(program.err).toBe("tillway: note: TILLWAY_FOO is set but Tillway knows no such variable.\n");
    await program.stop("SIGTERM");
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });
});

it("the sandbox says in one JSON document where it is", async () => {
  const program = launch(["gateway", "sandbox", "--port", "0", "--json", "--flaky", "timeout-after:0.5"], { TILLWAY_HOME: home() });
  open.push(() => program.stop("SIGKILL"));
  const [line] = await program.printed(/^.+$/m);
  const { url, journal } = JSON.parse(line);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(journal).toMatch(/journal\.jsonl$/);
  await program.stop("SIGTERM");
  expect(program.out.trim().split("\n")).toHaveLength(1);
  expect(program.err).toMatch(/Note: the sandbox is flaky/);
});

it("an API whose gateway is away is ready and shows it; looking writes no row", async () => {
  const program = launch(["api"], environment);
  open.push(() => program.stop("SIGKILL"));
  const [, port] = (await program.printed(/"port":(\d+)/)) as unknown as [string, string];
  const looks = await Promise.all(Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${port}/health/ready`)));
  expect(looks.map((look) => look.status)).toEqual(looks.map(() => 200));
  expect(await looks[0]!.json()).toMatchObject({ status: "ready", checks: { database: { status: "ok" }, sandbox: { status: "down" } } });
  await program.stop("SIGTERM");
});

describe("a name that every object has as a member", () => {
  it.concurrent.each([
    [["constructor"], /there is no command "constructor"/],
    [["toString", "--help"], /there is no command "toString"/],
    [["merchant", "constructor"], /say what to do with the merchant/],
    [["merchant", "valueOf"], /say what to do with the merchant/],
  ])("%j is unknown", async (argv, line) => {
    const { code, err } = await run(argv, environment);
    expect([code, err.trim().split("\n")]).toEqual([2, [expect.stringMatching(line)]]);
  });
});

describe("a merchant whose create was killed half way", () => {
  const email = "half@merchant.example";
  const say = (...argv: string[]) => run(["merchant", ...argv, "--email", email], environment);
  const accounts = () =>
    connect(database.url, async (client) => {
      const { rows } = await client.query(
        "select a.id, a.merchant_id from connector_accounts a join merchants m on m.id = a.merchant_id where m.email = $1",
        [email],
      );
      return rows;
    });

  it("gets its key and account by the command that the error names", async () => {
    const merchantId = "mer_01K00000000000000000000000";
    await connect(database.url, (client) =>
      client.query("insert into merchants (id, name, email, created_at) values ($1, 'Half', $2, now())", [merchantId, email]),
    );
    const again = await say("create", "--name", "Half");
    expect([again.code, again.err.trim()]).toEqual([
      2,
      expect.stringMatching(/exists already.*tillway merchant key --email half@merchant\.example$/),
    ]);
    const { code, out, err } = await say("key", "--json");
    expect([code, err]).toEqual([0, ""]);
    const shown = JSON.parse(out);
    expect(shown).toMatchObject({
      merchant_id: merchantId,
      key: expect.stringMatching(/^pk_test_/),
      secret: expect.stringMatching(/^sk_test_/),
    });
    expect(await accounts()).toEqual([{ id: shown.account_id, merchant_id: merchantId }]);
    const more = JSON.parse((await say("key", "--json")).out);
    expect(more.key).not.toBe(shown.key);
    expect(more.account_id).toBe(shown.account_id);
    expect(await accounts()).toHaveLength(1);
  });

  it("that is not there gets no key", async () => {
    const { code, err } = await run(["merchant", "key", "--email", "nobody@merchant.example"], environment);
    expect([code, err]).toEqual([2, expect.stringMatching(/no merchant with the e-mail nobody@/)]);
  });
});

describe("tillway merchant webhook", () => {
  const set = (...argv: string[]) => run(["merchant", "webhook", "--email", "shop@merchant.example", ...argv], environment);
  const stored = () => connect(database.url, async (client) => (await client.query("select url from webhook_endpoints")).rows);

  it("sets the endpoint of a merchant that exists: a new URL shows a new secret once, the same one keeps it", async () => {
    const first = await set("--url", "https://shop.example.com/hook", "--json");
    expect(first.err).toBe("");
    const shown = JSON.parse(first.out);
    expect(shown).toMatchObject({ url: "https://shop.example.com/hook", webhook_secret: expect.stringMatching(/^whsec_/) as string });
    const again = await set("--url", "https://shop.example.com/hook");
    expect(again.out).toMatch(/its secret stays/);
    expect(again.out).not.toContain("whsec_");
    const other = await set("--url", "https://shop.example.com/other");
    expect(other.out).toMatch(/webhook_secret +whsec_\S+\nThe secret is not shown again\./);
    expect(other.out).not.toContain(shown.webhook_secret);
    expect(await stored()).toContainEqual({ url: "https://shop.example.com/other" });
  });

  it.each([
    ["a URL that may not be called", ["--url", "http://10.0.0.1/x"], /--url cannot be used/],
    ["no URL", [], /missing: --url/],
    [
      "a merchant that is not there",
      ["--email", "nobody@merchant.example", "--url", "https://shop.example.com/x"],
      /no merchant with the e-mail nobody/,
    ],
    ["an option of another command", ["--port", "1"], /Unknown option '--port'.*tillway merchant --help/],
  ])("refuses %s before anything is written", async (_name, argv, line) => {
    const before = await stored();
    const { code, out, err } = await set(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err.trim().split("\n")).toEqual([expect.stringMatching(line)]);
    expect(await stored()).toEqual(before);
  });
});

describe("tillway merchant time-zone", () => {
  const email = "zone@merchant.example";
  const set = (...argv: string[]) => run(["merchant", "time-zone", ...argv], environment);
  const rows = (text: string) => connect(database.url, async (client) => (await client.query(text)).rows);
  const stored = () => rows(`select time_zone from merchants where email = '${email}'`);

  it("sets where the days of a merchant begin, says so, and is recorded as done by this command", async () => {
    const made = await run(["merchant", "create", "--name", "Z", "--email", email, "--time-zone", "Asia/Tokyo"], environment);
    expect([made.code, await stored()]).toEqual([0, [{ time_zone: "Asia/Tokyo" }]]);
    const { code, out, err } = await set("--email", email, "--time-zone", "Asia/Kathmandu");
    expect([code, out, err]).toEqual([0, `The days of ${email} begin in Asia/Kathmandu.\n`, ""]);
    const json = await set("--email", email, "--time-zone", "Asia/Kolkata", "--json");
    expect(JSON.parse(json.out)).toEqual({ merchant_id: expect.stringMatching(/^mer_/), time_zone: "Asia/Kolkata" });
    expect(await stored()).toEqual([{ time_zone: "Asia/Kolkata" }]);
    expect(
      await rows(`select actor_kind, before, after from admin_actions a where action = 'merchant.updated'
        and subject = (select id from merchants where email = '${email}') order by committed, id`),
    ).toEqual([
      { actor_kind: "cli", before: { time_zone: "Asia/Tokyo" }, after: { time_zone: "Asia/Kathmandu" } },
      { actor_kind: "cli", before: { time_zone: "Asia/Kathmandu" }, after: { time_zone: "Asia/Kolkata" } },
    ]);
  });

  it.each([
    ["a place that is none", ["--email", email, "--time-zone", "Mars/Olympus"], /--time-zone: there is no such time zone.*Asia\/Kolkata/],
    ["no place", ["--email", email], /missing: --time-zone/],
    ["nobody", ["--email", "nobody@merchant.example", "--time-zone", "UTC"], /no merchant with the e-mail nobody/],
  ])("refuses %s, and leaves the zone as it is", async (_name, argv, line) => {
    const { code, out, err } = await set(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(line);
    expect(await stored()).toEqual([{ time_zone: "Asia/Kolkata" }]);
  });
});

it("the port of the API is no option, and the line says what it is", async () => {
  const { code, err } = await run(["api", "--port", "9000"], environment);
  expect([code, err]).toEqual([2, "tillway: Unknown option '--port'. API_PORT sets the port. See: tillway api --help\n"]);
});

it.skipIf(process.platform === "win32")(
  "the sandbox alone makes its home for this user only, and prints the port that the system chose",
  async () => {
    const place = home();
    mkdirSync(join(place, ".."), { recursive: true });
    const program = launch(["gateway", "sandbox", "--port", "0"], { TILLWAY_HOME: place });
    open.push(() => program.stop("SIGKILL"));
    const [, url] = (await program.printed(/listens on (http:\S+);/)) as unknown as [string, string];
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(statSync(place).mode & 0o066).toBe(0);
    expect(statSync(join(place, "sandbox")).mode & 0o777).toBe(0o700);
    await program.stop("SIGTERM");
    expect(await program.ended).toEqual({ code: 0, signal: null });
  },
);
