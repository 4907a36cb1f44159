/** The browser of these tests: where it is, and how each of them starts it. */
import { execFileSync } from "node:child_process";
import { chromium, type Browser } from "playwright-core";

/** Where a program of this name is, or undefined. */
export function programOf(name: string): string | undefined {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** @param keepsPages with the back/forward cache, which Playwright turns off */
export function openBrowser(program: string, keepsPages = false): Promise<Browser> {
  return chromium.launch({
    executablePath: program,
    args: ["--no-sandbox", "--disable-gpu"],
    ignoreDefaultArgs: keepsPages ? ["--disable-back-forward-cache"] : [],
  });
}
