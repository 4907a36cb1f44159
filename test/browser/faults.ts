/** What must not happen on any page of a run: an error, a word of the console, and anything that a policy stops. */
import type { Page } from "playwright-core";

/** `faults` gets a line for each, in every frame of the page. Call it before the page goes anywhere. */
export async function watchFaults(page: Page, faults: string[], name = ""): Promise<void> {
  const add = (text: string): void => void faults.push(name === "" ? text : `${name}: ${text}`);
  page.on("pageerror", (error) => add(error.message));
  page.on("console", (line) => line.type() === "error" && !/Failed to load resource/.test(line.text()) && add(line.text()));
  await page.exposeFunction("reportViolation", add);
  await page.addInitScript(WATCH);
}

/** Also what is reported and stops nothing. */
const WATCH = `addEventListener("securitypolicyviolation", (event) =>
  reportViolation("policy: " + event.effectiveDirective + " " + event.blockedURI + " " + event.sample));`;
