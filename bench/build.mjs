/** Another commit, built in a temporary directory. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "./processes.mjs";

export const project = resolve(import.meta.dirname, "..");

/**
 * @param commit any name that git knows, or the path of a checkout that is built
 * @returns its name in tables, the root of its checkout, and the way to remove its files. Throws an Error if there is no such commit.
 */
export async function buildCommit(commit) {
  if (isBuilt(resolve(commit))) return { label: commit, root: resolve(commit), remove: () => {} };
  const [sha] = (await run("git", ["-C", project, "rev-parse", "--short", "--verify", `${commit}^{commit}`])).split("\n");
  const root = mkdtempSync(join(tmpdir(), `tillway-bench-${sha}-`));
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 10 });
  try {
    const archive = join(root, "source.tar");
    await run("git", ["-C", project, "archive", "--output", archive, sha]);
    await run("tar", ["-xf", archive, "-C", root]);
    // `prepare` builds it.
    await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root });
    if (!isBuilt(root)) throw new Error(`npm ci of ${sha} did not build server/dist/main.js`);
    return { label: sha, root, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function isBuilt(root) {
  return existsSync(join(root, "server/dist/main.js"));
}
