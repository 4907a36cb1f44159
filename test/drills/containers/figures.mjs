// The figures of the containers in docs/reliability.md.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");
const BEGIN = "<!-- containers: written by `npm run proof:full -- containers` -->";
const END = "<!-- end of containers -->";

export function writeFigures({ date, load, imageMb, healthySeconds, paidSeconds, smoke, stopSeconds }) {
  const file = resolve(root, "docs/reliability.md");
  const page = readFileSync(file, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error("docs/reliability.md has no block of the containers");
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  const rows = [
    ["size of the image, compressed, on a Debian of debootstrap", `${imageMb} MB`],
    ["from `up` to all healthy, with a new database", `${healthySeconds} s`],
    ["a payment of the page, from the request to `succeeded`", `${paidSeconds} s`],
    ["sentences of `deploy/ci/smoke.sh` that held", `${smoke}`],
    ["from SIGTERM to the end of API and worker, both with code 0", `${stopSeconds} s`],
    ["load average when the run began, on 2 cores", load],
  ];
  const table = ["| what | figure |", "|---|---|", ...rows.map(([what, figure]) => `| ${what} | ${figure} |`)].join("\n");
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}\n\nMeasured on ${date} at commit ${commit}.\n\n${table}\n\n${page.slice(end)}`);
}
