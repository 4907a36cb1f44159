import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect } from "../../../test/support/connect.ts";
import { canRunAsNobody, nobody, postmasterPid, temporaryPlace } from "../../../test/support/embedded.ts";
import { waitFor } from "../../../test/support/wait-for.ts";
import { kill, Stage } from "./launcher.testing.ts";
import { isRunning } from "./processes.ts";

const stage = new Stage();
const { start, startElsewhere } = stage;

async function write(url: string): Promise<void> {
  await connect(url, async (client) => await client.query("CREATE TABLE IF NOT EXISTS kept (n integer); INSERT INTO kept VALUES (1)"));
}

async function count(url: string): Promise<number> {
  return await connect(url, async (client) => (await client.query("SELECT FROM kept")).rowCount ?? 0);
}

describe("after kill -9", () => {
  it("of the postmaster, the server is started again at the same address, with all that was committed (F5)", async () => {
    const server = await start();
    let lost: unknown = null;
    server.onLost((error) => (lost = error));
    for (let n = 1; n <= 2; n++) {
      await write(server.databaseUrl);
      process.kill(postmasterPid(stage.home)!, "SIGKILL");
      await waitFor("the server to be back", () =>
        count(server.databaseUrl).then(
          (rows) => rows === n,
          () => false,
        ),
      );
    }
    expect(lost).toBeNull();
    await server.stop();
    expect(postmasterPid(stage.home)).toBeNull();
  });

  it("of the postmaster again and again, one line reports that we gave up (F5)", { timeout: 60_000 }, async () => {
    const server = await start();
    let lost: Error | null = null;
    server.onLost((error) => (lost = error));
    const answers = (): Promise<boolean> => connect(server.databaseUrl, async (client) => (await client.query("SELECT 1")).rowCount === 1);
    const killed = new Set<number>();
    const killAgain = async (): Promise<boolean> => {
      const pid = postmasterPid(stage.home);
      if (pid !== null && !killed.has(pid) && (await answers().catch(() => false))) {
        killed.add(pid);
        process.kill(pid, "SIGKILL");
      }
      return lost !== null;
    };
    await waitFor("the server to be given up", killAgain, { timeoutMs: 50_000 });
    expect(lost!.message).toMatch(
      /^PostgreSQL has ended, and it (did so 4 times within 10 minutes|could not be started again \(.*\)): see .*$/,
    );
  });

  it("of the postmaster, the next start recovers committed rows", async () => {
    const first = await start();
    await write(first.databaseUrl);
    process.kill(first.pid, "SIGKILL");
    await first.stop();
    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await count(second.databaseUrl)).toBe(1);
  });

  it("of Tillway, the next one takes over the server that lives on, with its sessions", async () => {
    const child = await startElsewhere();
    const url = child.report.databaseUrl as string;
    await connect(url, async (client) => {
      await client.query("BEGIN");
      await kill(child);
      const server = await start();
      expect(server).toMatchObject({ adopted: true, pid: child.report.pid, databaseUrl: url });
      await client.query("CREATE TABLE kept (n integer)");
      await client.query("COMMIT");
      expect(await count(server.databaseUrl)).toBe(0);
    });
  });

  it("of Tillway, the server that was taken over can be stopped and started again", async () => {
    const child = await startElsewhere();
    await write(child.report.databaseUrl as string);
    await kill(child);
    const adopted = await start();
    await adopted.stop();
    expect(isRunning(adopted.pid)).toBe(false);
    const next = await start();
    expect(next.adopted).toBe(false);
    expect(await count(next.databaseUrl)).toBe(1);
  });

  it("of Tillway and its server at once, the next start waits until the dead are collected", async () => {
    const child = await startElsewhere();
    await write(child.report.databaseUrl as string);
    child.process.kill("SIGKILL");
    process.kill(child.report.pid as number, "SIGKILL");
    await child.ended;
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(await count(server.databaseUrl)).toBe(1);
  });

  it.runIf(canRunAsNobody)("of an ordinary user's Tillway, the same user takes the server over", async () => {
    const theirs = temporaryPlace(0o700, nobody);
    try {
      const first = await startElsewhere(join(theirs.path, "home"), nobody);
      expect(first.report.adopted).toBe(false);
      await kill(first);
      const second = await startElsewhere(join(theirs.path, "home"), nobody);
      expect(second.report).toEqual({ ...first.report, adopted: true });
      second.process.kill("SIGTERM");
      await second.ended;
      expect(isRunning(second.report.pid as number)).toBe(false);
    } finally {
      await theirs.remove();
    }
  });
});

describe("Ctrl-C", () => {
  it("reaches Tillway but not its server, which Tillway stops last", async () => {
    const child = await startElsewhere();
    // A terminal sends the signal to the whole group; the child leads one and has no handler for it.
    process.kill(-(child.process.pid as number), "SIGINT");
    await child.ended;
    expect(isRunning(child.report.pid as number)).toBe(true);
    expect((await start()).adopted).toBe(true);
  });
});

describe("a postmaster.pid that is left over", () => {
  const pidFile = (): string => join(stage.home, "postgres", "data", "postmaster.pid");

  async function stopAndLeave(change: (content: string) => string): Promise<void> {
    const server = await start();
    await write(server.databaseUrl);
    const content = readFileSync(pidFile(), "utf8");
    await server.stop();
    await waitFor("postmaster.pid to go", () => !isRunning(server.pid));
    writeFileSync(pidFile(), change(content), { mode: 0o600 });
  }

  it.each([
    ["names a process that is gone", (content: string) => content],
    ["names a process that is something else by now", (content: string) => content.replace(/^\d+/, String(process.pid))],
    ["names the first process of the machine", (content: string) => content.replace(/^\d+/, "1")],
    ["is empty, as after a power cut", () => ""],
    ["holds garbage", () => "\0\0\0\0"],
  ])(
    "does not keep the next start away when it %s",
    async (_what, change) => {
      await stopAndLeave(change);
      const server = await start();
      expect(server.adopted).toBe(false);
      expect(await count(server.databaseUrl)).toBe(1);
    },
    60_000,
  );
});
