import { execFileSync } from "node:child_process";

/** Where a program of this name is, or undefined. */
export function programOf(name: string): string | undefined {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}
