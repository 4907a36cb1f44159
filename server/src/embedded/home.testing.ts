import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Binaries } from "./binaries.ts";
import { openHome, type Home } from "./home.ts";

const made: string[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** A directory with a blank in its name, gone after the test. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), "tillway embedded "));
  made.push(dir);
  return dir;
}

/** A home of its own; `withData` makes the data directory, empty. */
export function aHome({ withData = false } = {}): Home {
  const home = openHome(temporaryDirectory());
  if (withData) mkdirSync(home.dataDir, { mode: 0o700 });
  return home;
}

/** Shell scripts that behave as PostgreSQL's programs do on machines that we do not have. */
export function scripted(programs: { readonly initdb?: string; readonly postgres?: string }): Binaries {
  const dir = temporaryDirectory();
  const write = (name: string, script: string): string => {
    const file = join(dir, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const missing = join(dir, "missing");
  return {
    initdb: programs.initdb === undefined ? missing : write("initdb", programs.initdb),
    postgres: programs.postgres === undefined ? missing : write("postgres", programs.postgres),
    pgCtl: missing,
    major: "18",
    packageDir: dir,
  };
}

/** A process that calls itself postgres and works in this directory, as its server would, for a check that only looks. */
export async function lookalike(directory: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn("sleep", ["60"], { cwd: directory, argv0: "postgres" });
  children.push(child);
  await once(child, "spawn");
  return child as ChildProcess & { pid: number };
}

/** postmaster.pid as PostgreSQL writes it. */
export function writePidFile(home: Home, { pid, port, status }: { pid: number; port: number; status: string }): void {
  writeFileSync(join(home.dataDir, "postmaster.pid"), `${pid}\n${home.dataDir}\n1700000000\n${port}\n\n127.0.0.1\n  123 4\n${status}   \n`);
}
