// The systemd units, read by systemd itself, and that they wait longer for a stop than Tillway takes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DRAIN_MS } from "../../server/dist/core/constants.js";

const folder = resolve(import.meta.dirname, "../../deploy/systemd");

export const name = "systemd";
export const what = "deploy/systemd is what systemd takes, and a stop may take as long as calls under way";

export function run() {
  const files = readdirSync(folder).filter((file) => file.endsWith(".service"));
  return [...files.flatMap(stopsTooSoon), ...readBySystemd(files)];
}

/** @param {string} file */
function stopsTooSoon(file) {
  const text = readFileSync(join(folder, file), "utf8");
  const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1]);
  if (text.includes("Type=oneshot") || seconds * 1_000 > 2 * DRAIN_MS) return [];
  return [
    `${file}: TimeoutStopSec must be more than ${(2 * DRAIN_MS) / 1_000}, in which calls under way end, and what they leave to be done`,
  ];
}

/** @param {readonly string[]} files */
function readBySystemd(files) {
  if (spawnSync("systemd-analyze", ["--version"]).error) throw Object.assign(new Error("systemd is not installed"), { name: "Skipped" });
  const directory = mkdtempSync(join(tmpdir(), "tillway-systemd-"));
  try {
    // As instances, with programs that this machine has: where Node and curl are is not what is judged.
    const units = files.map((file) => {
      const unit = join(directory, file.replace("@.", "@1."));
      writeFileSync(unit, readFileSync(join(folder, file), "utf8").replaceAll(/^(Exec\w+=)\S+/gm, `$1${process.execPath}`));
      return unit;
    });
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], { encoding: "utf8" });
    const ours = stderr.split("\n").filter((line) => line.includes("tillway"));
    return status === 0 && ours.length === 0
      ? []
      : [...ours, ...(ours.length === 0 ? [`systemd-analyze ended with ${status}: ${stderr}`] : [])];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
