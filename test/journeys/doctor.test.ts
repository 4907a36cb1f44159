/** `tillway doctor` as a process: it names all faults at once, each with its cure, and changes nothing. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dumpSchema } from "../../server/src/storage/postgres/schema.ts";
import { connect } from "../support/connect.ts";
import { databaseServers, freshDatabase, withDatabase, type FreshDatabase } from "../support/databases.ts";
import { temporaryPlace } from "../support/embedded.ts";
import { migratedDatabase } from "../support/migrated-database.ts";
import { freePort } from "./support/ports.ts";
import { run } from "./support/program.ts";
import "./support/patience.ts";

const KEY = "5a".repeat(32);
const { path, remove } = temporaryPlace();
let migrated: FreshDatabase;
let empty: FreshDatabase;

beforeAll(async () => {
  const server = databaseServers()[0]!.url;
  [migrated, empty] = await Promise.all([migratedDatabase(server), freshDatabase(server)]);
  const made = await run(["merchant", "create", "--name", "Shop", "--email", "shop@merchant.example"], {
    DATABASE_URL: migrated.url,
    TILLWAY_MASTER_KEY: KEY,
  });
  expect(made.code, made.err).toBe(0);
});
afterAll(async () => {
  await Promise.all([migrated?.drop(), empty?.drop(), remove()]);
});

interface Finding {
  check: string;
  status: string;
  message: string;
  cure?: string;
}

async function doctor(changes: Record<string, string>, ...argv: string[]) {
  const environment = {
    DATABASE_URL: migrated.url,
    TILLWAY_MASTER_KEY: KEY,
    TILLWAY_HOME: join(path, "home"),
    API_PORT: String(await freePort()),
  };
  const { code, out, err } = await run(["doctor", "--json", ...argv], { ...environment, ...changes });
  expect(err).toBe("");
  const { findings } = JSON.parse(out) as { findings: Finding[] };
  return {
    code,
    findings,
    of: (status: string) => findings.filter((each) => each.status === status).map(({ check, message }) => `${check}: ${message}`),
  };
}

it("finds nothing wrong with a configuration that works, and says what it looked at", async () => {
  const { code, findings, of } = await doctor({});
  expect([code, of("fail"), of("warn")]).toEqual([0, [], []]);
  expect(findings.map(({ check }) => check)).toEqual([
    "node",
    "environment",
    "home",
    "disk",
    "port",
    "checkout port",
    "dashboard port",
    "database",
    "rights",
    "migrations",
    "connections",
    "clock",
    "master key",
  ]);
});

it("names all faults of the environment at once, those of the rest beside them, and no secret", async () => {
  const { code, findings, of } = await doctor({
    API_PORT: "99999",
    LOG_LEVEL: "loud",
    TILLWAY_MASTER_KEY: "not-a-key-at-all",
    DATABASE_URL: empty.url,
    SANDBOX_SUCCES_RATE: "1",
  });
  expect(code).toBe(78);
  expect(of("fail")).toEqual([
    expect.stringMatching(/^environment: API_PORT is "99999"/),
    expect.stringMatching(/^environment: TILLWAY_MASTER_KEY is not 64 hexadecimal digits/),
    expect.stringMatching(/^environment: LOG_LEVEL is "loud"/),
    expect.stringMatching(/^migrations: the database has schema 0, this program needs \d+$/),
  ]);
  expect(findings.find(({ status }) => status === "warn")).toMatchObject({ cure: "Did you mean SANDBOX_SUCCESS_RATE?" });
  expect(findings.filter(({ status }) => status !== "ok").every(({ cure }) => (cure ?? "").length > 5)).toBe(true);
  expect(JSON.stringify(findings)).not.toContain("not-a-key-at-all");
});

it("changes nothing: neither the database nor the home", async () => {
  const before = await dumpSchema(empty.url);
  await doctor({ DATABASE_URL: empty.url });
  expect(await dumpSchema(empty.url)).toBe(before);
  expect(existsSync(join(path, "home"))).toBe(false);
});

describe("one fault", () => {
  const closed = (): string => {
    const url = new URL(migrated.url);
    [url.username, url.password] = [guest, "guest"];
    return url.href;
  };
  const guest = `guest_${process.pid}`;
  beforeAll(() => connect(migrated.url, (client) => client.query(`create role ${guest} login password 'guest'`)));
  afterAll(() => connect(migrated.url, (client) => client.query(`drop role ${guest}`)));

  const takenPort = async (): Promise<string> => {
    const neighbour = createServer((socket) => void socket.destroy()).listen(0, "127.0.0.1");
    await new Promise((resolve) => neighbour.once("listening", resolve));
    neighbour.unref();
    return String((neighbour.address() as AddressInfo).port);
  };
  const openHome = async (): Promise<string> => {
    const home = join(path, "open home");
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "master-key"), `${KEY}\n`);
    chmodSync(join(home, "master-key"), 0o644);
    return home;
  };

  it.each<[string, () => Promise<Record<string, string>>, RegExp]>([
    [
      "a database that is not there",
      async () => ({ DATABASE_URL: withDatabase(migrated.url, "gone") }),
      /^database: .*does not exist\. Create it first/,
    ],
    ["a server that is down", async () => ({ DATABASE_URL: `postgres://127.0.0.1:${await freePort()}/x` }), /^database: .*does not answer/],
    ["another master key", async () => ({ TILLWAY_MASTER_KEY: "5b".repeat(32) }), /^master key: TILLWAY_MASTER_KEY is not the key/],
    ["a role without rights", async () => ({ DATABASE_URL: closed() }), /^rights: guest_\d+ may not read and write /],
    ["a port that is taken", async () => ({ API_PORT: await takenPort() }), /^port: .* is taken by another program/],
    [
      "a checkout's port that is taken",
      async () => ({ CHECKOUT_PORT: await takenPort() }),
      /^checkout port: .* is taken by another program/,
    ],
    [
      "a dashboard's port that is taken",
      async () => ({ DASHBOARD_PORT: await takenPort() }),
      /^dashboard port: .* is taken by another program/,
    ],
    ["a key that everybody can read", async () => ({ TILLWAY_HOME: await openHome() }), /^home: .*master-key can be read by other users/],
    ["a home that is a file", async () => (writeFileSync(join(path, "file"), ""), { TILLWAY_HOME: join(path, "file", "home") }), /./],
  ])("%s is found", async (name, changes, line) => {
    const { code, of } = await doctor(await changes(), ...(name.includes("home") ? ["--for", "all"] : []));
    expect(of("fail")).toEqual([expect.stringMatching(line)]);
    expect(code).toBe(78);
  });

  it("connections that run out are counted before they do", async () => {
    const { findings } = await doctor({});
    expect(findings.find(({ check }) => check === "connections")!.message).toMatch(
      /^\d+ of \d+ connections are open; each API or worker opens 17, so \d+ more can start$/,
    );
  });
});

it("is a table for people", async () => {
  const { code, out } = await run(["doctor"], { API_PORT: "0", TILLWAY_HOME: join(path, "none") });
  expect(code).toBe(0);
  expect(out).toMatch(/^ok {4}node +Node \d+/);
  expect(out).toMatch(/`tillway all`: fail 0, warn 0, ok \d+\. Nothing was changed\.\n$/);
});

it("refuses a part that there is not", async () => {
  const { code, err } = await run(["doctor", "--for", "everything"]);
  expect([code, err]).toEqual([2, expect.stringMatching(/--for takes all, api, worker/)]);
});
