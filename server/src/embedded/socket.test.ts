import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect } from "../../../test/support/connect.ts";
import { nobody } from "../../../test/support/embedded.ts";
import { aHome } from "./home.testing.ts";
import { openHome } from "./home.ts";
import { kill, Stage } from "./launcher.testing.ts";
import { makeSocketDir } from "./socket.ts";

const ourselves = { identity: {}, wrapper: [], owner: null };
const stage = new Stage();

/** How the server sees the one who asks. */
async function addressSeenBy(url: string): Promise<string | null> {
  return await connect(url, async (client) => {
    const { rows } = await client.query<{ address: string | null }>("select host(inet_client_addr()) as address");
    return rows[0]!.address;
  });
}

describe.skipIf(process.platform === "win32")("an embedded PostgreSQL", () => {
  it("is asked by its socket, also once a killed Tillway left it running, and by TCP if one wishes", async () => {
    const first = await stage.startElsewhere();
    expect(await addressSeenBy(first.report.databaseUrl!)).toBe(null);
    const byTcp = new URL(first.report.databaseUrl!);
    byTcp.searchParams.delete("host");
    expect(await addressSeenBy(byTcp.href)).toBe("127.0.0.1");
    await kill(first);
    const adopted = await stage.start();
    expect(adopted.databaseUrl).toBe(first.report.databaseUrl);
    expect(await addressSeenBy(adopted.databaseUrl)).toBe(null);
  });

  it("in a directory whose path is too long for a socket is asked by TCP, and so is one that was left running without a socket", async () => {
    const deep = join(stage.home, "a".repeat(60), "b".repeat(60));
    const first = await stage.startElsewhere(deep);
    expect(await addressSeenBy(first.report.databaseUrl!)).toBe("127.0.0.1");
    await kill(first);
    const adopted = await stage.start(deep);
    expect(adopted.adopted).toBe(true);
    expect(await addressSeenBy(adopted.databaseUrl)).toBe("127.0.0.1");
  });
});

describe.skipIf(process.platform === "win32")("the directory of the socket", () => {
  it("is emptied: what a killed server left would look like a live one", () => {
    const home = aHome();
    mkdirSync(home.socketDir);
    writeFileSync(join(home.socketDir, ".s.PGSQL.5432.lock"), `${process.pid}\n`);
    expect(makeSocketDir(home, ourselves)).toBe(home.socketDir);
    expect(readdirSync(home.socketDir)).toEqual([]);
  });

  it("stays where something else lies in it, and then there is no socket", () => {
    const home = aHome();
    mkdirSync(join(home.socketDir, "mine"), { recursive: true });
    expect(makeSocketDir(home, ourselves)).toBe(null);
    expect(readdirSync(home.socketDir)).toEqual(["mine"]);
  });

  it.runIf(process.getuid?.() === 0)("is not made by root below a directory of somebody else, who could put a link in its place", () => {
    const home = aHome();
    chownSync(home.ownDir, nobody.uid, nobody.gid);
    expect(makeSocketDir(home, ourselves)).toBe(null);
    expect(existsSync(home.socketDir)).toBe(false);
  });

  it.each([",", '"'])("is not made where %s stands in its path, which ends a directory in PostgreSQL's list", (mark) => {
    const home = openHome(join(aHome().dir, `my${mark}home`));
    expect(makeSocketDir(home, ourselves)).toBe(null);
    expect(existsSync(home.socketDir)).toBe(false);
  });

  it("is made up to the longest path that every system takes", () => {
    const short = aHome();
    const around = join(short.socketDir, ".s.PGSQL.65535").length - short.dir.length;
    const filled = (length: number) => openHome(join(short.dir, "x".repeat(length - around - short.dir.length - 1)));
    expect(makeSocketDir(filled(104), ourselves)).toBe(null);
    expect(makeSocketDir(filled(103), ourselves)).not.toBe(null);
  });
});
