/**
 * The proof of each change: random faults and planted bugs, which want all cores, and `kill -9` of real processes, which mostly waits, beside
 * them. The processes that are killed go first (`nice`), so that they have the machine as if they were alone. `npm run proof`.
 */
import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const NICE_BESIDE = 10;

/** Exit code of the program, which writes where we do. @param {string[]} command @param {number} nice @returns {Promise<number>} */
function run(command, nice) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, command, { cwd: root, stdio: "inherit" });
    child.once("error", fail);
    child.once("exit", (code) => done(code ?? 1));
    if (child.pid !== undefined) setPriority(child.pid, nice);
  });
}

/** @param {string[]} words */
const simulate = (...words) => run(["server/bin/tillway.js", "simulate", ...words], NICE_BESIDE);

async function simulations() {
  const sound = await simulate("--seeds", "150");
  return [sound, await simulate("--planted")];
}

const codes = (
  await Promise.all([simulations(), run(["test/crash/run.mjs", "--kills", "8", "--rate", "30", "--gateway-down", "20"], 0)])
).flat();
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
