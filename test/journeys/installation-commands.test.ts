/** Commands of whoever runs an installation, as real processes: a merchant without a gateway, another master key. */
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { databaseServers, type FreshDatabase } from "../support/databases.ts";
import { temporaryPlace } from "../support/embedded.ts";
import { migratedDatabase } from "../support/migrated-database.ts";
import { launch, run } from "./support/program.ts";
import "./support/patience.ts";

const open: (() => Promise<unknown>)[] = [];
afterAll(async () => void (await Promise.allSettled(open.map((close) => close()))));

const environment = { TILLWAY_MASTER_KEY: "5a".repeat(32), SANDBOX_URL: "http://127.0.0.1:9", API_PORT: "0" };

describe("tillway merchant create where no sandbox can be reached", () => {
  it("makes its account disabled and says so, so that no part refuses to start for it", async () => {
    const own = await migratedDatabase(databaseServers()[0]!.url);
    open.push(() => own.drop());
    const alone = { ...environment, DATABASE_URL: own.url, SANDBOX_URL: "" };
    const made = await run(["merchant", "create", "--name", "Shop", "--email", "shop@merchant.example"], alone);
    expect(made.out).toMatch(/^account_status +disabled$/m);
    expect(made.out).toContain("SANDBOX_URL is not set here, so its account at the sandbox is disabled");
    const worker = launch(["worker"], alone);
    open.push(() => worker.stop("SIGKILL"));
    await worker.printed(/the worker works/);
    await worker.stop();
  });
});

describe("tillway master-key rotate", () => {
  const rotate = (own: FreshDatabase, ...argv: string[]) =>
    run(["master-key", "rotate", ...argv, "--json"], { ...environment, DATABASE_URL: own.url });
  const ids = async (own: FreshDatabase): Promise<string[]> => {
    const { out } = await run(["master-key", "status", "--json"], { ...environment, DATABASE_URL: own.url });
    return (JSON.parse(out) as { keys: { id: string }[] }).keys.map(({ id }) => id);
  };

  it("makes no key that it can't write, writes one for its owner alone, and shows one where it is to write none", async () => {
    const own = await migratedDatabase(databaseServers()[0]!.url);
    open.push(() => own.drop());
    const { path, remove } = temporaryPlace();
    open.push(remove);
    const place = join(path, "keys");
    mkdirSync(place);
    await run(["merchant", "create", "--name", "Shop", "--email", "shop@merchant.example"], { ...environment, DATABASE_URL: own.url });
    const before = await ids(own);
    const lost = await rotate(own, "--out", join(place, "not-there", "key"));
    expect([lost.code, lost.err]).toEqual([2, expect.stringMatching(/^tillway: --out: .* can't be written \(ENOENT.*so no key was made/)]);
    expect(await ids(own)).toEqual(before);
    const file = join(place, "key");
    const written = JSON.parse((await rotate(own, "--out", file)).out) as { id: string };
    expect([statSync(file).mode & 0o777, readdirSync(place)]).toEqual([0o600, ["key"]]);
    const shown = JSON.parse((await rotate(own, "--out", "-")).out) as { id: string; key: string };
    expect(shown.key).toMatch(/^[0-9a-f]{64}$/);
    expect(await ids(own)).toEqual([...before, written.id, shown.id]);
    const retired = await run(["master-key", "retire", "--json"], { ...environment, DATABASE_URL: own.url, TILLWAY_MASTER_KEY: shown.key });
    expect(JSON.parse(retired.out)).toEqual({ id: shown.id, retired: [...before, written.id] });
  });
});

it.concurrent.each(["api", "worker"])(
  "%s, five settings wrong: all are named at once, each with its cure, and the code is 78",
  async (part) => {
    const wrong = { DATABASE_URL: "here", TILLWAY_MASTER_KEY: "ab", TEST_MODE: "maybe", LOG_LEVEL: "loud", SANDBOX_URL: "there" };
    const { code, err } = await run([part], { ...environment, ...wrong });
    const [first, ...lines] = err.trim().split("\n");
    expect(first).toBe(`tillway: The configuration of \`tillway ${part}\` cannot be used:`);
    expect(lines.map((line) => line.trim().split(" ")[0]).toSorted()).toEqual(Object.keys(wrong).toSorted());
    for (const line of lines) expect(line).toMatch(/(is|must) .+\. .+\.$/);
    expect(code).toBe(78);
  },
);
