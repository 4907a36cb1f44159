/** Another commit, built in a temporary directory. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "./processes.mjs";

export const project = resolve(import.meta.dirname, "..");

/** @returns the commit's short name, the root of its checkout, and the way to remove it. Throws an Error if there is no such commit. */
export async function buildCommit(commit) {
  const [sha] = (await run("git", ["-C", project, "rev-parse", "--short", "--verify", `${commit}^{commit}`])).split("\n");
  const root = mkdtempSync(join(tmpdir(), `tillway-bench-${sha}-`));
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  try {
    const archive = join(root, "source.tar");
    await run("git", ["-C", project, "archive", "--output", archive, sha]);
    await run("tar", ["-xf", archive, "-C", root]);
    // `prepare` builds it.
    await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root });
    if (!existsSync(join(root, "server/dist/main.js"))) throw new Error(`npm ci of ${sha} did not build server/dist/main.js`);
    return { label: sha, root, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
