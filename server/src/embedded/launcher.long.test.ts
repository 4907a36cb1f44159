import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect } from "../../../test/support/connect.ts";
import { canRunAsNobody, nobody, postmasterPid, startChild, temporaryPlace } from "../../../test/support/embedded.ts";
import { Stage } from "./launcher.testing.ts";
import { isRunning } from "./processes.ts";

const stage = new Stage();
const { start } = stage;

async function ask(url: string, sql: string): Promise<unknown> {
  return await connect(url, async (client) => (await client.query({ text: sql, rowMode: "array" })).rows);
}

describe("an embedded PostgreSQL", () => {
  it("starts in an empty directory and offers the database tillway", async () => {
    const server = await start();
    expect(server).toMatchObject({ adopted: false, version: expect.stringMatching(/^18\./) });
    expect(await ask(server.databaseUrl, "SELECT current_database(), current_user")).toEqual([["tillway", "tillway"]]);
    expect(isRunning(server.pid)).toBe(true);
  });

  it("is set so that acknowledged rows survive, and sorts by bytes", async () => {
    const { databaseUrl } = await start();
    const names = [
      "fsync",
      "synchronous_commit",
      "full_page_writes",
      "max_connections",
      "server_encoding",
      "TimeZone",
      "data_checksums",
      "autovacuum_vacuum_cost_delay",
    ];
    const values = await ask(databaseUrl, `SELECT ${names.map((name) => `current_setting('${name}')`).join(", ")}`);
    expect(values).toEqual([["on", "on", "on", "100", "UTF8", "UTC", "on", "5ms"]]);
    expect(await ask(databaseUrl, "SELECT datcollate FROM pg_database WHERE datname = current_database()")).toEqual([["C"]]);
  });

  it("cannot lose its durability by its own configuration", async () => {
    const first = await start();
    await ask(first.databaseUrl, "ALTER SYSTEM SET fsync = off");
    await ask(first.databaseUrl, "ALTER SYSTEM SET synchronous_commit = off");
    await first.stop();
    const second = await start();
    expect(await ask(second.databaseUrl, "SELECT current_setting('fsync'), current_setting('synchronous_commit')")).toEqual([["on", "on"]]);
  });

  it("keeps data, port and password over a stop, and stops without leaving a process", async () => {
    const first = await start();
    await ask(first.databaseUrl, "CREATE TABLE kept AS SELECT 1 AS one");
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);
    const second = await start();
    expect(second).toMatchObject({ databaseUrl: first.databaseUrl, adopted: false });
    expect(await ask(second.databaseUrl, "SELECT * FROM kept")).toEqual([[1]]);
  });

  it("can be stopped twice, and ends sessions that are open", async () => {
    const server = await start();
    await connect(server.databaseUrl, async (client) => {
      await client.query("BEGIN");
      await Promise.all([server.stop(), server.stop()]);
      await expect(client.query("SELECT 1")).rejects.toThrow();
    });
    await server.stop();
  });

  it("takes another port if its last one is taken, and remembers that", async () => {
    const first = await start();
    await first.stop();
    const port = Number(new URL(first.databaseUrl).port);
    const intruder = createServer().listen(port, "127.0.0.1");
    await new Promise((resolve) => intruder.once("listening", resolve));
    expect((intruder.address() as AddressInfo).port).toBe(port);
    const second = await start();
    expect(new URL(second.databaseUrl).port).not.toBe(String(port));
    await second.stop();
    await new Promise((resolve) => intruder.close(resolve));
    const third = await start();
    expect(third.databaseUrl).toBe(second.databaseUrl);
  });

  it("mends a first start that was interrupted", async () => {
    const first = await start();
    await first.stop();
    // A kill during initdb leaves a draft, a copy of the password, and no data.
    const own = join(stage.home, "postgres");
    renameSync(join(own, "data"), join(own, "data.new-1234abcd"));
    mkdirSync(join(own, "data.new-empty"));
    writeFileSync(join(own, "data.new-1234abcd.password"), "secret");
    const second = await start();
    expect(await ask(second.databaseUrl, "SELECT 1")).toEqual([[1]]);
    expect(existsSync(join(own, "data.new-1234abcd"))).toBe(false);
    expect(existsSync(join(own, "data.new-1234abcd.password"))).toBe(false);
  });
});

describe.runIf(canRunAsNobody)("an embedded PostgreSQL started by root", () => {
  it("runs as nobody, who owns the data", async () => {
    const server = await start();
    expect(statSync(join(stage.home, "postgres", "data")).uid).toBe(nobody.uid);
    expect(statSync(`/proc/${server.pid}`).uid).toBe(nobody.uid);
  });

  it("runs under a directory that only root may enter, and moves with it", async () => {
    const first = await start();
    await ask(first.databaseUrl, "CREATE TABLE kept AS SELECT 1 AS one");
    await first.stop();
    chmodSync(stage.path, 0o700);
    const second = await start();
    expect(statSync(join(stage.home, "postgres", "data")).uid).toBe(0);
    expect(await ask(second.databaseUrl, "SELECT * FROM kept")).toEqual([[1]]);
    await second.stop();
    chmodSync(stage.path, 0o711);
    const third = await start();
    expect(statSync(join(stage.home, "postgres", "data")).uid).toBe(nobody.uid);
    expect(await ask(third.databaseUrl, "SELECT * FROM kept")).toEqual([[1]]);
  });

  it("runs the data of an ordinary user as that user, so that he can go on with it", async () => {
    const theirs = temporaryPlace(0o711, nobody);
    try {
      const ordinary = await startChild(join(theirs.path, "home"), nobody);
      expect(ordinary.report).toMatchObject({ adopted: false });
      process.kill(ordinary.process.pid as number, "SIGTERM");
      await ordinary.ended;
      expect(postmasterPid(join(theirs.path, "home"))).toBeNull();
      const asRoot = await start(join(theirs.path, "home"));
      expect(statSync(`/proc/${asRoot.pid}`).uid).toBe(nobody.uid);
      await asRoot.stop();
      const again = await startChild(join(theirs.path, "home"), nobody);
      expect(again.report).toMatchObject({ databaseUrl: ordinary.report.databaseUrl });
      process.kill(again.process.pid as number, "SIGTERM");
      await again.ended;
    } finally {
      await theirs.remove();
    }
  });
});

describe("the files of an embedded PostgreSQL", () => {
  it("hold the password for their owner only", async () => {
    const { databaseUrl } = await start();
    const file = join(stage.home, "postgres", "password");
    expect(readFileSync(file, "utf8").trim()).toBe(new URL(databaseUrl).password);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(stage.home, "postgres", "log")).mode & 0o077).toBe(0);
    expect(statSync(join(stage.home, "postgres", "data")).mode & 0o077).toBe(0);
  });
});
