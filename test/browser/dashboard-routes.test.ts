/** Every page of the dashboard's table, with nothing there yet, while it loads, and where the API fails: light and dark, wide and narrow. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, it } from "vitest";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
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
type State = keyof typeof states;

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
  /** One for each state, since pages of several are open at once. */
  const fakes = new Map<State, FakeDashboard>();
  beforeAll(async () => {
    browser = await openBrowser(program.url);
    for (const state of Object.keys(states) as State[]) {
      const fake = await openFakeDashboard();
      fake.answer = (_method, path) => states[state](path);
      fakes.set(state, fake);
    }
  });
  afterAll(async () => {
    await browser.close();
    for (const fake of fakes.values()) await fake.close();
  });

  // A page that waits for its second try leaves its time to the others.
  const cases = routes.flatMap((route) => (Object.keys(states) as State[]).map((state) => ({ route, state })));
  it.concurrent.each(cases)(
    "$route, $state, has no fault for axe, scrolls not sideways and breaks no rule of the policy",
    { timeout: 90_000 },
    async ({ route, state }) => {
      const faults: string[] = [];
      // Of its own: what never answers holds one of the few connections that a context has.
      const context = await browser.newContext({ reducedMotion: "reduce" });
      const page = await context.newPage();
      listen(page, faults);
      await page.goto(fakes.get(state)!.url + route);
      await settled(page, state);
      for (const { colors, width } of looks) {
        await page.emulateMedia({ colorScheme: colors });
        await page.waitForSelector(`html[data-theme="${colors}"]`);
        await page.setViewportSize({ width, height: 800 });
        await waitFor("the colours to be there", () => page.evaluate<boolean>(COLORED));
        const found = [...(await axeFaults(page.mainFrame())), ...(await wide(page))];
        faults.push(...found.map((fault) => `${colors}, ${width} px: ${fault}`));
      }
      await context.close();
      if (faults.length > 0) throw new Error(faults.join("\n"));
    },
  );
});

/** A change of colours is over, however short: beside other pages, one that is not looked at has few frames. */
const COLORED = "document.getAnimations().every((one) => !(one instanceof CSSTransition))";

function listen(page: Page, faults: string[]): void {
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (line) => line.type() === "error" && !/Failed to load resource/.test(line.text()) && faults.push(line.text()));
}

/** The page's own heading is there and, but for the state that is about it, nothing loads any more. */
async function settled(page: Page, state: State): Promise<void> {
  await page.waitForSelector(state === "loading" ? "h1, [role=status]" : "h1");
  if (state !== "loading") await page.waitForSelector("main .animate-pulse", { state: "detached" });
}

function wide(page: Page): Promise<string[]> {
  return page.evaluate<string[]>("document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []");
}
