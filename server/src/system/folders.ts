import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder of one's own, with those above it. Node's `recursive` is not used: it never returned (20.20) where the system refused a
 * folder in a way that it takes for "the one above is missing". Throws the system's error.
 */
export function makeFolder(path: string, make: (path: string) => void = makeOne): void {
  try {
    make(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const above = dirname(path);
    if (code === "ENOENT" && above !== path) {
      makeFolder(above, make);
      make(path);
    } else if (!isFolder(path)) throw error;
  }
}

function makeOne(path: string): void {
  mkdirSync(path, { mode: 0o700 });
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
