import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chooseAccount } from "./account.ts";
import type { Account } from "./account.ts";
import { adoptServer } from "./adopt.ts";
import type { Binaries } from "./binaries.ts";
import { locateBinaries } from "./binaries.ts";
import { checkVersion, prepareCluster } from "./cluster.ts";
import { databaseUrl, openServer } from "./connection.ts";
import { EmbeddedPostgresError, explainFileError } from "./errors.ts";
import { openHome } from "./home.ts";
import type { Home } from "./home.ts";
import { acquireLock } from "./lock.ts";
import { choosePort, forgetPort } from "./port.ts";
import { findHolder, readPidFile, removePidFile } from "./postmaster.ts";
import { isRunning } from "./processes.ts";
import { killServer, launchServer, stopServer } from "./server.ts";
import { makeSocketDir } from "./socket.ts";

/** Options of the caller. */
export interface EmbeddedPostgresOptions {
  /** Everything lies below it, in `postgres/`; made if missing. */
  readonly homeDir: string;
  /** Gets a line for a person if a step takes long or is worth knowing. */
  readonly log: (line: string) => void;
  /** False skips the flush of the first start (initdb --no-sync); for directories that a test throws away. Commits stay durable. */
  readonly syncFirstStart?: boolean;
}

/** A running PostgreSQL of our own. */
export interface EmbeddedPostgres {
  /** With user and password, of the database `tillway`. */
  readonly databaseUrl: string;
  /** The postmaster. */
  readonly pid: number;
  /** True if a server that outlived a killed Tillway was taken over. */
  readonly adopted: boolean;
  /** The version that the server reports, such as 18.4. */
  readonly version: string;
  /** Ends the server and gives the home free. A second call does nothing. */
  stop(): Promise<void>;
  /** Ends the server at once, for a process that is about to end itself and waits for nothing. */
  kill(): void;
  /** Called if the server has ended by itself and can't be started again at the same address. */
  onLost(lost: (error: EmbeddedPostgresError) => void): void;
}

interface Running {
  readonly pid: number;
  readonly port: number;
  readonly password: string;
  readonly socketDir: string | null;
  readonly version: string;
  readonly adopted: boolean;
}

/** A killed postmaster's sessions need a moment to notice, and it stays in the process table until collected: 1.7 s were seen. */
const heldRetryMs = 10_000;
const heldPauseMs = 100;
const maxPortTries = 5;

/**
 * Starts PostgreSQL in this home, or takes over the one that a killed Tillway left running there.
 * Throws EmbeddedPostgresError with one line and its cure.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    const binaries = locateBinaries();
    const home = openHome(options.homeDir);
    const lock = acquireLock(home.lockFile, home.dir);
    options.log("Starting PostgreSQL …");
    try {
      checkVersion(home, binaries);
      const running = (await adoptServer(home)) ?? (await start(home, binaries, options));
      const kept = keep(running, { home, options, again: () => start(home, binaries, options) });
      return {
        databaseUrl: databaseUrl(running),
        pid: running.pid,
        adopted: running.adopted,
        version: running.version,
        stop: once(async () => stopServer(home, binaries, await kept.end()).finally(() => lock.release())),
        kill: () => killServer(home, binaries, kept.pid()),
        onLost: kept.onLost,
      };
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw explainFileError(error, resolve(options.homeDir));
  }
}

/** How often the watch looks whether the server has ended. */
const watchMs = 500;
/** A server that ends more often than this, in a row of ten minutes, is not saved by another start. */
const maxRestarts = 3;
const restartsWithinMs = 600_000;

interface Kept {
  readonly home: Home;
  readonly options: EmbeddedPostgresOptions;
  readonly again: () => Promise<Running>;
}

/** Starts the server again if it ends unasked: its rows are safe, and our pools find it at the same port. */
function keep(first: Running, { home, options, again }: Kept) {
  let running = first;
  let lost: (error: EmbeddedPostgresError) => void = () => undefined;
  let restarting: Promise<void> = Promise.resolve();
  let isOver = false;
  const restarts: number[] = [];
  let failure: string | null = null;
  const giveUp = (reason: string): void => {
    isOver = true;
    lost(new EmbeddedPostgresError(`PostgreSQL has ended, and ${reason}: see ${home.logFile}, then start Tillway again.`));
  };
  const restart = async (): Promise<void> => {
    const now = performance.now();
    if (restarts.push(now) > maxRestarts && now - restarts.at(-1 - maxRestarts)! < restartsWithinMs)
      return giveUp(failure ?? `it did so ${maxRestarts + 1} times within ${restartsWithinMs / 60_000} minutes`);
    options.log("PostgreSQL has ended. Starting it again …");
    try {
      const next = await again();
      running = next;
      failure = null;
      if (next.port !== first.port) giveUp(`its port ${first.port} was taken by another program`);
      else if (first.socketDir !== null && next.socketDir !== first.socketDir)
        giveUp("it came back without its socket, which our sessions use");
    } catch (error) {
      // It may end again while it starts; the next look tries again.
      failure = `it could not be started again (${(error as Error).message})`;
    }
  };
  const look = async (): Promise<void> => {
    while (!isOver) {
      await sleep(watchMs, undefined, { ref: false });
      if (!isOver && !isRunning(running.pid)) await (restarting = restart());
    }
  };
  void look();
  return {
    pid: () => running.pid,
    onLost: (callback: typeof lost) => void (lost = callback),
    /** Ends the watch; returns the server to be stopped. */
    end: async (): Promise<number> => {
      isOver = true;
      await restarting;
      return running.pid;
    },
  };
}

async function start(home: Home, binaries: Binaries, options: EmbeddedPostgresOptions): Promise<Running> {
  const native = join(dirname(dirname(binaries.postgres)), "lib");
  const account = chooseAccount({ programs: [binaries.postgres, native], dataDir: home.dataDir });
  const password = await prepareCluster(home, binaries, { account, sync: options.syncFirstStart ?? true });
  const { pid, port } = await launch(home, binaries, { account, log: options.log });
  try {
    const { version, socketDir } = await openServer({ port, password });
    return { pid, port, password, socketDir, version, adopted: false };
  } catch (error) {
    await stopServer(home, binaries, pid);
    throw new EmbeddedPostgresError(`PostgreSQL started but does not answer (${(error as Error).message}): see ${home.logFile}.`);
  }
}

async function launch(
  home: Home,
  binaries: Binaries,
  options: { account: Account; log: (line: string) => void },
): Promise<{ pid: number; port: number }> {
  const heldUntil = Date.now() + heldRetryMs;
  let removed = false;
  let withSocket = true;
  for (let portTries = 1; ;) {
    const port = await choosePort(home);
    const socketDir = withSocket ? makeSocketDir(home, options.account) : null;
    const result = await launchServer(home, binaries, { ...options, port, socketDir });
    if ("pid" in result) return { pid: result.pid, port };
    if (result.failed === "socket" && withSocket) withSocket = false;
    else if (result.failed === "port" && portTries < maxPortTries) {
      portTries += 1;
      forgetPort(home);
    } else if (result.failed === "held" && Date.now() < heldUntil) {
      await sleep(heldPauseMs);
    } else if (result.failed === "held" && !removed && removeIfDead(home)) {
      removed = true;
    } else {
      throw new EmbeddedPostgresError(`PostgreSQL did not start (${result.reason}): see ${home.logFile}, or set DATABASE_URL.`);
    }
  }
}

/** After the retries: a postmaster.pid whose process is provably no server of this directory is removed, any other stays. */
function removeIfDead(home: Home): boolean {
  const file = readPidFile(home);
  const holder = file === null ? "unknown" : findHolder(home, file.pid);
  if (holder === "our postgres" || holder === "unknown") return false;
  removePidFile(home);
  return true;
}

function once(run: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => (result ??= run());
}
