import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseAccount, commandFor, giveTo } from "./account.ts";
import type { Account, Self } from "./account.ts";
import { EmbeddedPostgresError } from "./errors.ts";

const isRoot = process.getuid?.() === 0;
/** If we are nobody ourselves, the files that we make are no barrier to him. */
const isNobody = process.getuid?.() === 65534;
const root: Self = { uid: 0, gid: 0, hasName: true, canUnshare: () => true };
const ordinary: Self = { uid: 1000, gid: 1000, hasName: true, canUnshare: () => false };
const namespace = ["unshare", "--user", "--map-user=65534", "--map-group=65534"];

let dir: string;
let program: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tillway account "));
  chmodSync(dir, 0o755);
  program = join(dir, "postgres");
  writeFileSync(program, "");
  chmodSync(program, 0o755);
  mkdirSync(join(dir, "own"));
  chmodSync(join(dir, "own"), 0o711);
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

const around = (): { programs: string[]; dataDir: string } => ({ programs: [program], dataDir: join(dir, "own", "data") });
const choose = (self: Self): Account => chooseAccount(around(), self);

describe("the account PostgreSQL runs under", () => {
  it("is our own for an ordinary user, and on systems without user ids", () => {
    expect(choose(ordinary)).toEqual({ identity: {}, wrapper: [], owner: null });
    expect(choose({ ...ordinary, uid: null })).toEqual({ identity: {}, wrapper: [], owner: null });
  });

  it("is nobody for root", () => {
    expect(choose(root)).toMatchObject({ identity: { uid: 65534 }, wrapper: [], owner: { uid: 65534 } });
  });

  it.runIf(isRoot)("is the owner of the data for root", () => {
    mkdirSync(join(dir, "own", "data"));
    chownSync(join(dir, "own", "data"), 1234, 1235);
    expect(choose(root)).toMatchObject({ identity: { uid: 1234, gid: 1235 }, wrapper: [] });
  });

  it.skipIf(isNobody).each([
    ["the place of the programs", () => chmodSync(dir, 0o700)],
    ["the programs", () => chmodSync(program, 0o744)],
    ["the home", () => chmodSync(join(dir, "own"), 0o700)],
  ])("is root in a namespace where nobody may not enter %s", (_name, close) => {
    close();
    expect(choose(root)).toMatchObject({ identity: {}, wrapper: namespace, owner: { uid: 0, gid: 0 } });
  });

  it.skipIf(isNobody)("is refused with one line that names the barrier if there are no namespaces either", () => {
    chmodSync(join(dir, "own"), 0o700);
    const refused = (): Account => choose({ ...root, canUnshare: () => false });
    expect(refused).toThrow(EmbeddedPostgresError);
    expect(refused).toThrow(`may not enter ${join(dir, "own")}: run Tillway as an ordinary user, or set TILLWAY_HOME`);
  });

  it("is nobody in a namespace for a user id without a name, which PostgreSQL refuses", () => {
    const nameless: Self = { ...ordinary, hasName: false, canUnshare: () => true };
    expect(choose(nameless)).toEqual({ identity: {}, wrapper: namespace, owner: { uid: 1000, gid: 1000 } });
    expect(() => choose({ ...nameless, canUnshare: () => false })).toThrow(/The user id 1000 has no name in .*DATABASE_URL/);
  });
});

describe("an account", () => {
  it("puts its wrapper before the command", () => {
    expect(commandFor({ identity: {}, wrapper: [], owner: null }, "/bin/postgres", ["-D", "a b"])).toEqual({
      file: "/bin/postgres",
      args: ["-D", "a b"],
    });
    expect(commandFor({ identity: {}, wrapper: ["unshare", "--user"], owner: null }, "/bin/postgres", ["-D", "a b"])).toEqual({
      file: "unshare",
      args: ["--user", "/bin/postgres", "-D", "a b"],
    });
  });

  it.runIf(isRoot)("is given every file in the data directory that belongs to somebody else", () => {
    const data = join(dir, "own", "data");
    mkdirSync(join(data, "base", "1"), { recursive: true });
    writeFileSync(join(data, "base", "1", "1259"), "");
    chownSync(data, 65534, 65534);
    giveTo({ identity: {}, wrapper: [], owner: { uid: 65534, gid: 65534 } }, data);
    for (const path of [data, join(data, "base"), join(data, "base", "1", "1259")]) expect(statSync(path).uid).toBe(65534);
  });
});
