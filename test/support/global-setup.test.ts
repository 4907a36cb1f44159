import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { connect } from "./connect.ts";
import type { DatabaseServer } from "./global-setup.ts";
import { runChild } from "./run-child.ts";
import type { Child } from "./run-child.ts";
import { waitFor } from "./wait-for.ts";

async function startRun(
  env: Record<string, string | undefined> = { DATABASE_URL: undefined },
): Promise<{ child: Child; servers: DatabaseServer[] }> {
  const child = await runChild(new URL("global-setup-child.ts", import.meta.url), { env });
  return { child, servers: (JSON.parse(child.line) as { databaseServers: DatabaseServer[] }).databaseServers };
}

async function directoryOf(server: DatabaseServer): Promise<string> {
  return await connect(server.url, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>("SHOW data_directory");
    return dirname(dirname(rows[0]?.data_directory ?? ""));
  });
}

describe("a test run", () => {
  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("leaves no server and no directory behind when it ends by %s", async (signal) => {
    const { child, servers } = await startRun();
    expect(servers.map((server) => server.name)).toEqual(["PostgreSQL 18 (embedded)"]);
    const server = servers[0] as DatabaseServer;
    const directory = await directoryOf(server);
    expect(existsSync(directory)).toBe(true);
    process.kill(-(child.process.pid as number), signal);
    await child.ended;
    await waitFor("the directory to go", () => !existsSync(directory));
    // By TCP or by a socket that is gone too.
    await expect(connect(server.url, async () => undefined)).rejects.toThrow(/ECONNREFUSED|ENOENT/);
  });

  it("has the server of DATABASE_URL as a second one", async () => {
    const first = await startRun();
    const url = first.servers[0]?.url;
    const second = await startRun({ DATABASE_URL: url });
    expect(second.servers[1]).toEqual({ name: "PostgreSQL 18 (DATABASE_URL)", url });
    for (const { child } of [first, second]) {
      child.process.kill("SIGKILL");
      await child.ended;
    }
  });

  it("fails if the server of DATABASE_URL does not answer", async () => {
    await expect(startRun({ DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" })).rejects.toThrow(
      /the PostgreSQL of DATABASE_URL does not answer/,
    );
  });
});
