import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

export const NO_SMALL_DISK = "mounting a small file system takes root on Linux";

/** A real file system of 64 KiB, to be filled up; null if this user may not mount one. */
export function mountSmallDisk(at: string): { unmount(): void } | null {
  mkdirSync(at);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", at], { stdio: "ignore" });
  } catch {
    return null;
  }
  return { unmount: () => void execFileSync("umount", ["-l", at]) };
}
