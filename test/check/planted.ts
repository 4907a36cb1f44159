import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach } from "vitest";

const project = resolve(import.meta.dirname, "../..");
const made: string[] = [];

afterEach(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true });
});

/**
 * A small tree with these files, as git would see it. The project's own configuration files named in `own` are copied in, and the
 * tools are those of the project.
 */
export function plant(files: Readonly<Record<string, string>>, own: readonly string[] = []): string {
  const root = mkdtempSync(join(tmpdir(), "tillway planted "));
  made.push(root);
  execFileSync("git", ["init", "-q", root]);
  writeFileSync(join(root, ".gitignore"), "node_modules\ndist\n");
  symlinkSync(join(project, "node_modules"), join(root, "node_modules"), "dir");
  for (const name of own) cpSync(join(project, name), join(root, name));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

/** Each problem as one line: `file:line message`. */
export function lines(result: { problems: { file: string; line: number; message: string }[] }): string[] {
  return result.problems.map(({ file, line, message }) => `${file}:${line} ${message}`);
}
