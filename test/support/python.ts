import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface PythonLibraries {
  /** For PYTHONPATH: what examples/receivers/python needs. */
  readonly path: string;
  /** Why they could not be installed; null: they are there. */
  readonly missing: string | null;
  remove(): void;
}

const requirements = fileURLToPath(new URL("../../examples/receivers/python/requirements.txt", import.meta.url));

/** Installed by pip into a directory of their own, in the versions that a reader of examples/ gets. */
export async function pythonLibraries(): Promise<PythonLibraries> {
  const path = mkdtempSync(join(tmpdir(), "tillway-python-"));
  const remove = () => rmSync(path, { recursive: true, force: true });
  try {
    const options = ["--quiet", "--retries", "1", "--target", path, "-r", requirements];
    await promisify(execFile)("python3", ["-m", "pip", "install", ...options]);
    return { path, missing: null, remove };
  } catch (error) {
    return { path, missing: `needs python3 with pip: ${(error as Error).message.trim().split("\n").at(-1)}`, remove };
  }
}
