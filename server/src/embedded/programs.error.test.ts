/** Failing programs of PostgreSQL: scripts take their place and print the errors of machines that we do not have. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { adoptServer } from "./adopt.ts";
import { checkVersion, prepareCluster, readPassword } from "./cluster.ts";
import { aHome, lookalike, scripted, writePidFile } from "./home.testing.ts";
import type { Home } from "./home.ts";
import { refusalOf } from "./launcher.testing.ts";
import { launchServer, stopServer } from "./server.ts";

const ourselves = { identity: {}, wrapper: [], owner: null };
const onUnix = process.platform !== "win32";
const freePort = 1;

describe.runIf(onUnix)("initdb", () => {
  const prepare = (home: Home, initdb?: string) => prepareCluster(home, scripted({ initdb }), { account: ourselves, sync: false });

  it.each<[string, string, string]>([
    [
      "its own error",
      `echo "The files belong to somebody" ; echo "initdb: error: no locale" >&2; echo "removing" ; exit 1`,
      "initdb: error: no locale",
    ],
    [
      "a library that is too old",
      'echo "initdb: /lib/libc.so.6: version \\`GLIBC_2.34\' not found" >&2; exit 1',
      "version `GLIBC_2.34' not found",
    ],
    ["its last line where none is an error", `echo one; echo two; exit 3`, "(two)"],
    ["how it ended where it said nothing", `exit 7`, "(ended by 7)"],
    ["the signal that ended it", `kill -9 $$`, "(ended by SIGKILL)"],
  ])("that fails is reported with %s", async (_, script, reason) => {
    const home = aHome();
    const message = await refusalOf(prepare(home, script));
    expect(message).toContain(reason);
    expect(message).toMatch(/initdb failed \(.*\): mend that, or set DATABASE_URL to a PostgreSQL 15 or newer\.$/);
    expect(readdirSync(home.ownDir)).toEqual(["password"]);
  });

  it("that is missing is reported as missing", async () => {
    expect(await refusalOf(prepare(aHome()))).toMatch(/missing failed \(spawn .*ENOENT\)/);
  });

  it("works in a draft: the result is whole, and the rest of an interrupted run is gone", async () => {
    const home = aHome();
    mkdirSync(join(home.ownDir, "data.new-1234"));
    // The arguments are -D DIR -U USER --pwfile=FILE …
    const password = await prepare(home, `cp "\${5#--pwfile=}" "$2/given"; echo 18 > "$2/PG_VERSION"; env > "$2/environment"`);
    expect(readdirSync(home.ownDir).sort()).toEqual(["data", "password"]);
    expect(readFileSync(join(home.dataDir, "given"), "utf8")).toBe(`${password}\n`);
    expect(password).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(statSync(home.passwordFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(home.dataDir, "environment"), "utf8")).not.toMatch(/^(HOME|TILLWAY|DATABASE_URL|PG)/m);
    expect(await prepare(home, "exit 1")).toBe(password);
  });
});

describe("data that is there", () => {
  const binaries = scripted({});
  const at = (home: Home, version: string) => writeFileSync(join(home.dataDir, "PG_VERSION"), `${version}\n`);

  it("of the same major version, or none at all, is fine", () => {
    expect(() => checkVersion(aHome(), binaries)).not.toThrow();
    const home = aHome({ withData: true });
    at(home, "18");
    expect(() => checkVersion(home, binaries)).not.toThrow();
  });

  it.each(["17", "19", "9.6"])("of version %s is refused, with three ways out", (version) => {
    const home = aHome({ withData: true });
    at(home, version);
    expect(() => checkVersion(home, binaries)).toThrow(
      new RegExp(
        `written by PostgreSQL ${version}, this Tillway brings 18: dump it .*TILLWAY_HOME.*DATABASE_URL to a PostgreSQL ${version}`,
      ),
    );
  });

  it.each([undefined, ""])(
    "whose password file is missing or empty (%j) cannot be opened, and the error names the file to put back",
    (text) => {
      const home = aHome({ withData: true });
      if (text !== undefined) writeFileSync(home.passwordFile, text);
      expect(() => readPassword(home)).toThrow(/password is missing, so nobody can open the database beside it: put it back/);
    },
  );
});

describe.runIf(onUnix)("postgres", () => {
  const launch = (home: Home, postgres?: string) =>
    launchServer(home, scripted({ postgres }), { account: ourselves, port: freePort, socketDir: null, log: () => undefined });

  it.each<[string, string, { failed: string; reason: string }]>([
    [
      "its port is taken",
      `echo 'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use' ; echo 'FATAL:  could not create any TCP/IP sockets'; exit 1`,
      { failed: "port", reason: "could not create any TCP/IP sockets" },
    ],
    [
      "there can be no socket",
      `echo 'LOG:  could not bind Unix address "socket/.s.PGSQL.1": Operation not permitted'; echo 'FATAL:  could not create any Unix-domain sockets'; exit 1`,
      { failed: "socket", reason: "could not create any Unix-domain sockets" },
    ],
    [
      "somebody holds its directory",
      `echo '2026-11-21 06:20:00 UTC [1] FATAL:  lock file "postmaster.pid" already exists'; exit 1`,
      { failed: "held", reason: 'lock file "postmaster.pid" already exists' },
    ],
    [
      "shared memory of the last one is left",
      `echo 'FATAL:  pre-existing shared memory block (key 1) is still in use'; exit 1`,
      { failed: "held", reason: "pre-existing shared memory block (key 1) is still in use" },
    ],
    [
      "anything else is wrong",
      `echo 'PANIC:  could not locate a valid checkpoint'; exit 1`,
      { failed: "other", reason: "could not locate a valid checkpoint" },
    ],
    [
      "anything else is wrong after its socket was there",
      `echo 'LOG:  listening on Unix socket "socket/.s.PGSQL.1"'; echo 'FATAL:  could not load pg_hba.conf'; exit 1`,
      { failed: "other", reason: "could not load pg_hba.conf" },
    ],
    ["it says nothing special", `echo 'Segmentation fault'; exit 1`, { failed: "other", reason: "Segmentation fault" }],
    ["it says nothing at all", `exit 4`, { failed: "other", reason: "it ended with 4" }],
  ])("that ends because %s is recognized, and its own words are kept", async (_, script, expected) => {
    expect(await launch(aHome({ withData: true }), script)).toEqual(expected);
  });

  it("is judged by its new log lines, not by older ones", async () => {
    const home = aHome({ withData: true });
    writeFileSync(home.logFile, "FATAL:  could not create any TCP/IP sockets\n");
    expect(await launch(home, "exit 4")).toEqual({ failed: "other", reason: "it ended with 4" });
  });

  it("that is missing is reported as missing", async () => {
    expect(await launch(aHome({ withData: true }))).toMatchObject({ failed: "other", reason: expect.stringContaining("ENOENT") as string });
  });

  it("that has ended already is stopped by nobody", async () => {
    await expect(stopServer(aHome(), scripted({}), 2 ** 30)).resolves.toBeUndefined();
  });
});

describe.runIf(process.platform === "linux")("a server that lives on", () => {
  it("but does not let us in is refused, with its pid", async () => {
    const home = aHome({ withData: true });
    writeFileSync(home.passwordFile, "secret\n");
    const { pid } = await lookalike(home.dataDir);
    writePidFile(home, { pid, port: freePort, status: "ready" });
    expect(await refusalOf(adoptServer(home))).toMatch(
      new RegExp(
        `^A PostgreSQL \\(pid ${pid}\\) already serves .* but cannot be used \\(.*ECONNREFUSED.*\\): end it, then start again\\.$`,
      ),
    );
  });

  it("without its password is refused, and the error names the file to put back", async () => {
    const home = aHome({ withData: true });
    const { pid } = await lookalike(home.dataDir);
    writePidFile(home, { pid, port: freePort, status: "ready" });
    expect(await refusalOf(adoptServer(home))).toMatch(/password is missing/);
  });

  it("only until it has stopped is none", async () => {
    const home = aHome({ withData: true });
    const child = await lookalike(home.dataDir);
    writePidFile(home, { pid: child.pid, port: freePort, status: "stopping" });
    const adopting = adoptServer(home);
    child.kill("SIGKILL");
    expect(await adopting).toBeNull();
  });

  it("elsewhere, under a pid that our file names, is a stranger: its note is removed, the process is left alone", async () => {
    const home = aHome({ withData: true });
    const child = await lookalike(home.dir);
    writePidFile(home, { pid: child.pid, port: freePort, status: "ready" });
    expect(await adoptServer(home)).toBeNull();
    expect(existsSync(join(home.dataDir, "postmaster.pid"))).toBe(false);
    expect(child.exitCode).toBeNull();
  });

  it("is none if there is no note, and none if a power cut left an empty one", async () => {
    const home = aHome({ withData: true });
    expect(await adoptServer(home)).toBeNull();
    writeFileSync(join(home.dataDir, "postmaster.pid"), "");
    expect(await adoptServer(home)).toBeNull();
    expect(existsSync(join(home.dataDir, "postmaster.pid"))).toBe(false);
  });
});
