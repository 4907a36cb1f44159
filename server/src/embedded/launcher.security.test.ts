import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../../test/support/connect.ts";
import { temporaryPlace } from "../../../test/support/embedded.ts";
import { startEmbeddedPostgres } from "./launcher.ts";
import type { EmbeddedPostgres } from "./launcher.ts";

const place = temporaryPlace();
let server: EmbeddedPostgres;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ homeDir: place.path, log: () => undefined, syncFirstStart: false });
});

afterAll(async () => {
  await server.stop();
  await place.remove();
});

async function setting(name: string): Promise<string | undefined> {
  return await connect(server.databaseUrl, async (client) => {
    const { rows } = await client.query<{ value: string }>("SELECT current_setting($1) AS value", [name]);
    return rows[0]?.value;
  });
}

describe("access to an embedded PostgreSQL", () => {
  it("is by loopback, and by a socket in a directory of its account alone", async () => {
    expect(await setting("listen_addresses")).toBe("127.0.0.1");
    if (process.platform === "win32") return;
    const directory = join(place.path, "postgres", "socket");
    expect(await setting("unix_socket_directories")).toBe(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(directory).uid).toBe(statSync(join(place.path, "postgres", "data")).uid);
    const socket = readdirSync(directory).find((name) => !name.endsWith(".lock"))!;
    expect(statSync(join(directory, socket)).mode & 0o777).toBe(0o700);
  });

  const byTcp = (url: URL): void => url.searchParams.delete("host");

  it.each([
    ["a wrong password", (url: URL) => (url.password = "wrong")],
    ["no password", (url: URL) => (url.password = "")],
    ["another user", (url: URL) => (url.username = "postgres")],
  ])("refuses %s", async (_what, change) => {
    const url = new URL(server.databaseUrl);
    change(url);
    await expect(connect(url.href, async () => undefined)).rejects.toThrow(/password|SASL|SCRAM/i);
    byTcp(url);
    await expect(connect(url.href, async () => undefined)).rejects.toThrow(/password|SASL|SCRAM/i);
  });

  it("has a password of 24 random bytes, stored as a SCRAM verifier", async () => {
    expect(Buffer.from(new URL(server.databaseUrl).password, "base64url")).toHaveLength(24);
    await connect(server.databaseUrl, async (client) => {
      const { rows } = await client.query<{ rolpassword: string }>("SELECT rolpassword FROM pg_authid WHERE rolname = 'tillway'");
      expect(rows[0]?.rolpassword).toMatch(/^SCRAM-SHA-256\$/);
    });
  });

  it.runIf(process.platform === "linux")("does not inherit our environment, which holds our secrets", () => {
    process.env.TILLWAY_TEST_SECRET = "canary";
    const names = readFileSync(`/proc/${server.pid}/environ`, "utf8")
      .split("\0")
      .map((entry) => entry.split("=")[0]);
    delete process.env.TILLWAY_TEST_SECRET;
    expect(names.filter((name) => name !== "" && !name?.startsWith("PG")).toSorted()).toEqual(["LC_ALL", "PATH", "TZ"]);
  });

  it("writes no password into its log", () => {
    expect(readFileSync(join(place.path, "postgres", "log"), "utf8")).not.toContain(new URL(server.databaseUrl).password);
  });
});
