// The documentation in a browser, served by a running `tillway all`: no fault of accessibility, nothing refused by its policy, nothing asked
// of other hosts, and a search that finds pages.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const SITE_TOOLS = ["playwright-core@1.65.1", "axe-core@4.14.1"];

const pages = ["/docs", "/docs/webhooks", "/docs/errors", "/docs/api", "/docs/api/payments", "/docs/api/objects", "/docs/nothing"];
/** What somebody might type, and the page that they want. */
const searches = {
  refund: "/docs/api/refunds",
  "rotate secret": "/docs/webhooks#endpoints",
  idempotency_mismatch: "/docs/errors#idempotency_mismatch",
};
/** Of one step in the browser; it takes a tenth of a second. */
const PATIENCE_MS = 15_000;

/** @param {string} url of the server @param {string} folder where the tools were installed @param {string} chromium its program */
export async function checkSite(url, folder, chromium) {
  const need = createRequire(join(folder, "package.json"));
  const { chromium: browsers } = (await import(pathToFileURL(need.resolve("playwright-core")).href)).default;
  const axe = readFileSync(need.resolve("axe-core/axe.min.js"), "utf8");
  const browser = await browsers.launch({
    executablePath: chromium,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  /** @type {string[]} */
  const faults = [];
  try {
    for (const colorScheme of ["light", "dark"]) {
      const page = await (await browser.newContext({ colorScheme })).newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on("pageerror", (/** @type {Error} */ error) => faults.push(`${page.url()} ${error.message}`));
      page.on("console", (/** @type {any} */ line) => {
        if (line.type() === "error" && !page.url().endsWith("/nothing")) faults.push(`${page.url()} ${line.text()}`);
      });
      page.on("request", (/** @type {any} */ request) => {
        if (!request.url().startsWith("data:") && !request.url().startsWith(url)) faults.push(`${page.url()} asks for ${request.url()}`);
      });
      for (const path of pages)
        faults.push(...(await inaccessible(page, `${url}${path}`, axe)).map((fault) => `${colorScheme} ${path} ${fault}`));
      for (const [words, target] of Object.entries(searches)) faults.push(...(await search(page, url, words, target)));
    }
  } finally {
    await browser.close();
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
}

/** @param {any} page @param {string} url @param {string} axe @returns {Promise<string[]>} */
async function inaccessible(page, url, axe) {
  await page.goto(url);
  // The rules that were looked at: none would mean that nothing was.
  const { violations, passes } = await page.evaluate(`${axe};axe.run()`);
  if (passes.length < 20) return [`only ${passes.length} rules were tried`];
  return violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes[0].html} (${one.nodes.length})`);
}

/** By the keyboard alone: "/" leads to the search, the arrow to what was found, Enter to the page. @returns {Promise<string[]>} */
async function search(/** @type {any} */ page, /** @type {string} */ url, /** @type {string} */ words, /** @type {string} */ target) {
  await page.goto(`${url}/docs`);
  await page.keyboard.press("/");
  await page.keyboard.type(words);
  await page.waitForSelector("#found a");
  const found = await page.locator("#found a").evaluateAll((/** @type {any[]} */ links) => links.map((link) => link.getAttribute("href")));
  if (!found.some((/** @type {string} */ href) => href.startsWith(target)))
    return [`"${words}" finds ${found.join(", ")}, and not ${target}`];
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${url}${found[0]}`);
  return [];
}
