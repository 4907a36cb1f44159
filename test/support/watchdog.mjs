// Ends the test server and removes what the run has left when the test run that started us is gone, however it went.
// Our standard input is a pipe from that run: the system closes it with the process, also after kill -9.
// argv: postmaster.pid, directories to remove.
import { readFileSync, rmSync } from "node:fs";

const [pidFile = "", ...directories] = process.argv.slice(2);
const giveUpAt = 10_000;

process.stdin.on("data", () => undefined);
process.stdin.on("error", cleanUp);
process.stdin.on("end", cleanUp);

function cleanUp() {
  const pid = readPid();
  // The data goes away too, so that the server need not write it: immediate shutdown.
  if (pid !== null) send(pid, "SIGQUIT");
  const started = Date.now();
  const timer = setInterval(() => {
    if (pid !== null && send(pid, 0) && readPid() === pid && Date.now() - started < giveUpAt) return;
    clearInterval(timer);
    for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    process.exit(0);
  }, 20);
}

function readPid() {
  try {
    return Number(readFileSync(pidFile, "utf8").split("\n")[0]) || null;
  } catch {
    return null;
  }
}

/** @param {number} pid @param {NodeJS.Signals | 0} signal */
function send(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
