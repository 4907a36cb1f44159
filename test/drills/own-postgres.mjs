// A PostgreSQL of a drill's own, which can be backed up, destroyed and restored: to a moment by its archive, or as a snapshot.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../crash/stage.mjs";
import { postgresPrograms } from "./servers.mjs";

const AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"];
/** The server's own words: a restored one, which replays its log first, takes a while. */
const START_S = "120";

const ARCHIVE_S = 10;

/**
 * @param {string} directory where it lies, with its archive and its backup
 * @param {(() => unknown)[]} stops gets what ends it
 */
export async function startOwnPostgres(directory, stops) {
  const [data, archive, backup] = ["data", "archive", "backup"].map((name) => join(directory, name));
  mkdirSync(archive, { recursive: true });
  // Another user's server must be able to get here.
  chmodSync(directory, 0o755);
  const log = join(directory, "log");
  writeFileSync(log, "");
  if (process.getuid() === 0) execFileSync("chown", ["-R", "postgres:", directory]);
  const run = (program, ...args) => {
    const words = [join(postgresPrograms(), program), ...args];
    const [first, ...rest] = process.getuid() === 0 ? [...AS_POSTGRES, ...words] : words;
    const { status, stderr } = spawnSync(first, rest, { cwd: directory, stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}${readFileSync(log, "utf8").slice(-1_000)}`);
  };
  const port = await freePort();
  const own = `port=${port}\nlisten_addresses='127.0.0.1'\nunix_socket_directories='${directory}'\nshared_buffers='64MB'\nmax_connections=200\n`;
  // A log that has little to say is archived all the same: what comes after the moment of a restore proves that it was reached.
  const archiving = `archive_mode=on\narchive_timeout=${ARCHIVE_S}\narchive_command='cp %p "${archive}/%f"'\n`;
  run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8");
  writeFileSync(join(data, "postgresql.auto.conf"), own + archiving);
  const start = () => run("pg_ctl", "-D", data, "-w", "-t", START_S, "-l", log, "start");
  const stop = (mode) => run("pg_ctl", "-D", data, "-w", "-m", mode, "stop");
  start();
  stops.push(() => existsSync(join(data, "postmaster.pid")) && stop("immediate"));
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    backUp() {
      run("pg_basebackup", "-D", backup, "-h", "127.0.0.1", "-p", String(port), "-U", "postgres", "-c", "fast", "-X", "stream");
    },
    /** As a host that burns down: at once, and the data is gone. */
    destroy() {
      stop("immediate");
      rmSync(data, { recursive: true });
    },
    /** The backup, and what the archive has until that moment; without one the backup alone, as a snapshot that is put back. @param {Date | null} until */
    restore(until) {
      cpSync(backup, data, { recursive: true });
      if (process.getuid() === 0) execFileSync("chown", ["-R", "postgres:", data]);
      chmodSync(data, 0o700);
      // Of zones it takes offsets only.
      const time = until?.toISOString().replace("Z", "+00");
      const recovery = `restore_command='cp "${archive}/%f" %p'\nrecovery_target_time='${time}'\nrecovery_target_action='promote'\n`;
      writeFileSync(join(data, "postgresql.auto.conf"), until === null ? own : own + recovery);
      if (until !== null) writeFileSync(join(data, "recovery.signal"), "");
      start();
    },
  };
}
