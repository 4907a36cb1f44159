/**
 * The proof of each change: `kill -9` of real processes, which mostly wait, and random faults beside them, which take what they leave
 * (`nice`), so that they have the machine as if they were alone; then planted bugs. `npm run proof`.
 */
import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
/** The least that there is. */
const NICE_BESIDE = 19;

/** Exit code of the program, which writes where we do. @param {string[]} command @param {number} nice @returns {Promise<number>} */
function run(command, nice) {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, command, { cwd: root, stdio: "inherit" });
    child.once("error", fail);
    child.once("exit", (code) => done(code ?? 1));
    if (child.pid !== undefined) setPriority(child.pid, nice);
  });
}

const sound = ["server/bin/tillway.js", "simulate", "--seeds", "150"];
const planted = ["server/bin/tillway.js", "simulate", "--planted"];
const kills = ["test/crash/run.mjs", "--kills", "8", "--rate", "30", "--gateway-down", "20"];
const codes = await Promise.all([run(sound, NICE_BESIDE), run(kills, 0)]);
codes.push(await run(planted, 0));
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
