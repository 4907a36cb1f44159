// The shipped nginx configuration, read by nginx itself with a throw-away certificate.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyEdge } from "../edge.mjs";

export const name = "nginx";
export const what = "deploy/nginx is what nginx takes";

export function run() {
  if (spawnSync("nginx", ["-v"]).error) throw Object.assign(new Error("nginx is not installed"), { name: "Skipped" });
  const directory = mkdtempSync(join(tmpdir(), "tillway-nginx-"));
  try {
    const edge = join(directory, "edge");
    const file = copyEdge(edge, { https: 8443, http: 8080 });
    const { status, stderr } = spawnSync("nginx", ["-t", "-q", "-p", edge, "-c", file], { encoding: "utf8" });
    // What it warns of is a fault too, but for what only root may do.
    const lines = stderr.split("\n").filter((line) => line !== "" && !line.includes("makes sense only if the master process runs"));
    return status === 0 && lines.length === 0 ? [] : lines.map((line) => line.replaceAll(edge, "deploy/nginx"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
