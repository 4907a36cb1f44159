/** Every page of the dashboard's table, with nothing there yet, while it loads, and where the API fails: light and dark, wide and narrow. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { needs } from "../support/require-services.ts";
import { answers, MERCHANT } from "./dashboard-answers.ts";
import { openFakeDashboard, type Answer, type FakeDashboard } from "./dashboard-page.ts";
import { axeFaults } from "./looks.ts";
import { openBrowser, programOf } from "./program.ts";

const program = needs("chromium", programOf("chromium"));

// Not by a name that the compiler follows: it is checked with the types of browsers, and this is not.
const table = "../../dashboard/src/routes.tsx";
type Listed = readonly { readonly path: string }[];
const { pages, plainPages } = (await import(/* @vite-ignore */ table)) as { pages: Listed; plainPages: Listed };

const looks = (["light", "dark"] as const).flatMap((colors) => ([1280, 360] as const).map((width) => ({ colors, width })));
const ofMerchant = pages.map(({ path }) => `/${MERCHANT}/test/${path.replaceAll(/\$\w+/g, "thing_000000000000000example")}`);
const routes = [...ofMerchant, ...plainPages.map(({ path }) => path), "/invitation#token", "/reset#token", "/nowhere"];

const states = {
  empty: (path) => ({ json: answers[path] ?? emptyOf(path), status: answers[path] === undefined && isOne(path) ? 404 : 200 }),
  loading: (path) => (isFrame(path) ? { json: answers[path] } : { silent: true }),
  error: (path) =>
    isFrame(path) ? { json: answers[path] } : { status: 500, json: refusal("internal_error", "Something went wrong at our side.") },
} satisfies Record<string, (path: string) => Answer>;

const isFrame = (path: string) => path === "/v1/session" || path === "/v1/roles";
const isOne = (path: string) => /\/\w+_\w{10,}/.test(path);
const emptyOf = (path: string) =>
  isOne(path) ? refusal("not_found", "There is no such thing.") : { object: "list", data: [], has_more: false };

function refusal(code: string, message: string) {
  const doc = `https://docs.example/errors#${code}`;
  return { error: { type: "api_error", code, message, doc_url: doc, request_id: "req_000000000000000000example" } };
}

program.describe("every page of the dashboard", () => {
  let browser: Browser;
  let fake: FakeDashboard;
  beforeAll(async () => {
    fake = await openFakeDashboard();
    browser = await openBrowser(program.url);
  });
  afterAll(async () => {
    await browser.close();
    await fake.close();
  });

  const cases = routes.flatMap((route) => (Object.keys(states) as (keyof typeof states)[]).map((state) => ({ route, state })));
  it.each(cases)(
    "$route, $state, has no fault for axe, scrolls not sideways and breaks no rule of the policy",
    async ({ route, state }) => {
      fake.answer = (_method, path) => states[state](path);
      const faults: string[] = [];
      const context = await browser.newContext({ reducedMotion: "reduce" });
      const page = await context.newPage();
      listen(page, faults);
      await page.goto(fake.url + route);
      await settled(page, state);
      for (const { colors, width } of looks) {
        await page.emulateMedia({ colorScheme: colors });
        await page.waitForSelector(`html[data-theme="${colors}"]`);
        await page.setViewportSize({ width, height: 800 });
        const found = [...(await axeFaults(page.mainFrame())), ...(await wide(page))];
        faults.push(...found.map((fault) => `${colors}, ${width} px: ${fault}`));
      }
      expect(faults).toEqual([]);
      await context.close();
    },
  );
});

function listen(page: Page, faults: string[]): void {
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (line) => line.type() === "error" && !/Failed to load resource/.test(line.text()) && faults.push(line.text()));
}

/** The page's own heading is there and, but for the state that is about it, nothing loads any more. */
async function settled(page: Page, state: keyof typeof states): Promise<void> {
  await page.waitForSelector(state === "loading" ? "h1, [role=status]" : "h1");
  if (state !== "loading") await page.waitForSelector("main .animate-pulse", { state: "detached" });
}

function wide(page: Page): Promise<string[]> {
  return page.evaluate<string[]>("document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []");
}
