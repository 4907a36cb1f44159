import { execFileSync, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { commandFor } from "./account.ts";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { programEnvironment } from "./environment.ts";
import { EmbeddedPostgresError } from "./errors.ts";
import { openLog, readLog } from "./home.ts";
import type { Home } from "./home.ts";
import { loopback } from "./port.ts";
import { poll, readPidFile, waitForEnd } from "./postmaster.ts";

/** Why a server did not come up: its directory is still held, its port is taken, there can be no socket, or anything else in its own words. */
export type LaunchResult = { readonly pid: number } | { readonly failed: "held" | "port" | "socket" | "other"; readonly reason: string };

/** Crash recovery replays the log since the last checkpoint; five minutes is far above what one node writes between two. */
const readyTimeoutMs = 300_000;
/** A fast shutdown ends sessions and writes a checkpoint. */
const fastStopMs = 20_000;
const immediateStopMs = 10_000;

/** Starts the server and waits until it takes connections. */
export async function launchServer(
  home: Home,
  binaries: Binaries,
  options: { account: Account; port: number; socketDir: string | null; log: (line: string) => void },
): Promise<LaunchResult> {
  const { descriptor, offset } = openLog(home);
  const command = commandFor(options.account, binaries.postgres, serverArguments(home, options));
  const child = spawn(command.file, command.args, {
    ...options.account.identity,
    cwd: "/",
    env: programEnvironment(),
    // A session of its own: Ctrl-C in the terminal must reach it last, through us, after the work in flight is done. On Windows a
    // hidden console of its own does that; detached there, each session of PostgreSQL would open a window.
    detached: process.platform !== "win32",
    windowsHide: true,
    stdio: ["ignore", descriptor, descriptor],
  });
  closeSync(descriptor);
  child.unref();
  let ended: string | undefined;
  child.on("error", (error) => (ended = error.message));
  child.on("exit", (code, signal) => (ended = `it ended with ${signal ?? code}`));
  const noticeAt = Date.now() + 5_000;
  let noticed = false;
  const ready = await poll(readyTimeoutMs, () => {
    if (ended !== undefined) return false;
    if (!noticed && Date.now() > noticeAt) {
      noticed = true;
      options.log("PostgreSQL is recovering after a crash; this can take a moment.");
    }
    const file = readPidFile(home);
    return file?.pid === child.pid && file?.status === "ready" ? true : undefined;
  });
  if (ready === true && child.pid !== undefined) return { pid: child.pid };
  if (child.pid !== undefined && ended === undefined) await stopServer(home, binaries, child.pid);
  return explain(readLog(home, offset), ended ?? "it did not become ready");
}

/** Ends the server: fast at first (sessions are cut, data is written), at once if that takes too long, which costs a recovery only. */
export async function stopServer(home: Home, binaries: Binaries, pid: number): Promise<void> {
  signal(home, binaries, { pid, name: "SIGINT", mode: "fast" });
  if (await waitForEnd(pid, fastStopMs)) return;
  signal(home, binaries, { pid, name: "SIGQUIT", mode: "immediate" });
  if (await waitForEnd(pid, immediateStopMs)) return;
  throw new EmbeddedPostgresError(`PostgreSQL (pid ${pid}) does not end: end it by hand, then start Tillway again.`);
}

function serverArguments(home: Home, { port, socketDir }: { port: number; socketDir: string | null }): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: loopback,
    port,
    // For us; TCP is for people's tools, and where there can be no socket.
    unix_socket_directories: socketDir ?? "",
    unix_socket_permissions: "0700",
    max_connections: 100,
    // On the command line these win over postgresql.conf and ALTER SYSTEM: acknowledged rows must survive a power cut.
    fsync: "on",
    full_page_writes: "on",
    synchronous_commit: "on",
    // It shares few cores with us: at PostgreSQL's own 2 ms vacuum took a tenth of one, and payments waited (docs/performance.md).
    autovacuum_vacuum_cost_delay: "10ms",
    // Of 60,000 payments a look for statistics took 260 ms of CPU at once at PostgreSQL's own 100, and 60 ms now. Our statements go by their keys.
    default_statistics_target: 30,
    password_encryption: "scram-sha-256",
    logging_collector: "off",
    log_timezone: "UTC",
    timezone: "UTC",
  };
  return ["-D", home.dataDir, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

/** Ends the server without waiting for it: acknowledged rows are on disk, and the next start recovers. Never throws. */
export function killServer(home: Home, binaries: Binaries, pid: number): void {
  try {
    signal(home, binaries, { pid, name: "SIGQUIT", mode: "immediate" });
  } catch {
    // No caller is left to handle it; the next start takes the server over.
  }
}

function signal(home: Home, binaries: Binaries, how: { pid: number; name: NodeJS.Signals; mode: string }): void {
  try {
    // Windows has no signals; pg_ctl talks to the server through a pipe of its own.
    if (process.platform === "win32") {
      const stop = ["stop", "-D", home.dataDir, "-m", how.mode, "--no-wait"];
      execFileSync(binaries.pgCtl, stop, { cwd: "/", windowsHide: true });
    } else process.kill(how.pid, how.name);
  } catch (error) {
    if ((error as { code?: string }).code !== "ESRCH") throw error;
  }
}

function explain(output: string, fallback: string): LaunchResult {
  if (/lock file ".*" already exists|pre-existing shared memory block/.test(output))
    return { failed: "held", reason: lastReason(output, fallback) };
  if (output.includes("could not create any Unix-domain sockets")) return { failed: "socket", reason: lastReason(output, fallback) };
  if (/could not bind|Address already in use|could not create any TCP\/IP sockets/.test(output))
    return { failed: "port", reason: lastReason(output, fallback) };
  return { failed: "other", reason: lastReason(output, fallback) };
}

function lastReason(output: string, fallback: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const fatal = lines.find((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? fallback;
  return fatal.replace(/^.*?(FATAL|PANIC):\s*/, "");
}
