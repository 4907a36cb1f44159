/** Every page of the dashboard's table, with nothing there yet, while it loads, and where the API fails: light and dark, wide and narrow. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isWhole } from "../support/how-much.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { answers, MERCHANT } from "./dashboard-answers.ts";
import { openFakeDashboard, type Answer, type FakeDashboard } from "./dashboard-page.ts";
import { faultsInSomeLook } from "./looks.ts";
import { openBrowser, programOf } from "./program.ts";

const program = needs("chromium", programOf("chromium"));

// Not by a name that the compiler follows: it is checked with the types of browsers, and this is not.
const table = "../../dashboard/src/routes.tsx";
type Listed = readonly { readonly path: string }[];
const { pages, plainPages } = (await import(/* @vite-ignore */ table)) as { pages: Listed; plainPages: Listed };

/** One thing that is not there: the others of its kind look the same, and all of them are looked at with what they are about in `dashboard-filled`. */
const lists = pages.filter(({ path }) => !path.endsWith("/$id")).map(({ path }) => `/${MERCHANT}/test/${path}`);
const routes = [
  ...lists,
  `/${MERCHANT}/test/payments/thing_000000000000000example`,
  ...plainPages.map(({ path }) => path),
  "/invitation#token",
  "/reset#token",
  "/nowhere",
];

const states = {
  empty: (path) => ({ json: answers[path] ?? emptyOf(path), status: answers[path] === undefined && isOne(path) ? 404 : 200 }),
  loading: (path) => (isFrame(path) ? { json: answers[path] } : { silent: true }),
  error: (path) =>
    isFrame(path) ? { json: answers[path] } : { status: 500, json: refusal("internal_error", "Something went wrong at our side.") },
} satisfies Record<string, (path: string) => Answer>;
type State = keyof typeof states;

/** What a list says where nothing is there yet: that it is so, and what it is or how to begin. */
const words: Readonly<Record<string, readonly [title: string, more: string]>> = {
  payments: ["No payments yet", "They appear here as they are made. This makes one in test mode:"],
  orders: ["No orders yet", "An order is what a shopper is to pay, by as many payments as it takes."],
  refunds: ["No refunds", "Open a payment that was taken, and press Refund."],
  "payment-links": ["No payment links", "An address to send, print or show as a QR code. Whoever opens it can pay."],
  cases: ["No cases", "Nothing here waits for a person."],
  webhooks: ["No endpoints yet", "What happens to payments is sent there, signed."],
  deliveries: ["No deliveries", "Each event that is owed to an endpoint or, as e-mail, to a shopper is a line here."],
  events: ["No events", "Each change of a payment, a refund or a case is an event."],
  emails: ["No e-mails yet", "Shoppers are told by e-mail once that is turned on"],
  "dead-letters": ["No dead letters", "All work goes on by itself. What fails again and again would stand here."],
  connectors: ["No accounts yet", "An account is yours at a gateway: payments go there."],
  routing: ["No rules", "Accounts are taken by their priority."],
  keys: ["No keys yet", "A service of yours signs its requests with a key."],
  team: ["Nobody yet", "Invite people by e-mail; each sees and does what their role allows."],
  audit: ["Nothing here", "No action fits these filters, or nothing was changed yet."],
  search: ["Find anything", "Names and telephone numbers are not searched."],
  invariants: ["Nothing is checked here", "Is its worker as new as its API?"],
  "operator/merchants": ["No merchants yet", "From a terminal:"],
};

/** While they load and when they fail, pages of one kind are drawn by the same parts: figures, lists, one thing, forms. */
const ONE_OF_EACH_KIND = /\/(home|payments(\/thing_\w+)?|settings)$/;

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
  const cases = routes.flatMap((route) =>
    (Object.keys(states) as State[]).flatMap((state) =>
      isWhole || state === "empty" || ONE_OF_EACH_KIND.test(route) ? { route, state } : [],
    ),
  );
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
      if (state === "empty")
        for (const text of words[route.split("/test/")[1] ?? ""] ?? []) await page.locator("main").getByText(text).first().waitFor();
      faults.push(...(await faultsInSomeLook(page)));
      await context.close();
      if (faults.length > 0) throw new Error(faults.join("\n"));
    },
  );

  it("each list has its words for nothing", () => {
    expect(
      pages.map(({ path }) => path).filter((path) => !/\$|^(home|analytics|settings|queues|requests)$/.test(path) && !(path in words)),
    ).toEqual([]);
  });

  it("home asks for all that it shows, each once, before the code of the dashboard is there", async () => {
    const fake = await openFakeDashboard();
    const asked: string[] = [];
    fake.answer = (_method, path, query) => {
      asked.push(`${path}?${query}`);
      return states.empty(path);
    };
    const page = await browser.newPage();
    await page.addInitScript({ content: `localStorage.setItem("tillway.scope", "${MERCHANT}/test")` });
    const files: string[] = [];
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    await page.route(/\/assets\//, async (route) => {
      files.push(route.request().url());
      // The large one, which index.html names.
      if (/\/shell\./.test(route.request().url())) await held;
      await route.continue();
    });
    await page.goto(`${fake.url}/${MERCHANT}/test/home`, { waitUntil: "commit" });
    const wanted = ["events?limit=1", "session?", "roles?", "payments?limit=10", "overview?", "cases?status=open&limit=5"];
    await waitFor("all to be asked for", () => Promise.resolve(asked.length >= wanted.length));
    expect(asked.toSorted()).toEqual(wanted.map((one) => `/v1/${one}`).toSorted());
    // The style, what runs first, the code of all pages with what it was compiled to need, and that of home.
    await waitFor("the files to be asked for", () => Promise.resolve(files.length >= 5));
    go();
    await page.getByText("Make the first payment").waitFor();
    expect(files.length).toBe(5);
    const again = asked.filter((one) => /session|roles|payments|events\?/.test(one));
    expect(again.length).toBe(4);
    await page.close();
    await fake.close();
  });

  it("the invariants page names what is broken first, the rows that break it, and where to go on", async () => {
    const one = { object: "invariant", breaks: 0, rows: [], checked: { payments: 40 }, last_run_at: new Date().toISOString(), took_ms: 12 };
    const rows = ["pay_01KAJ0000000000000000000AB", "ref_01KAJ0000000000000000000AB"];
    const data = [
      { ...one, id: "order_paid", rule: "An order is paid once.", status: "holds" },
      { ...one, id: "refunds_fit", rule: "No more is given back than was taken.", status: "broken", breaks: 5, rows },
      { ...one, id: "gateway_agrees", rule: "The gateway agrees.", status: "not_checked_yet", last_run_at: null },
    ];
    const fake = await openFakeDashboard();
    fake.answer = (_method, path) => (path === "/v1/invariants" ? { json: { object: "list", data } } : states.empty(path));
    const page = await browser.newPage();
    const faults: string[] = [];
    listen(page, faults);
    await page.goto(`${fake.url}/${MERCHANT}/test/invariants`);
    await page.getByRole("status").getByText("1 of 3 invariants is broken.").waitFor();
    const listed = await page.locator("[data-invariant]").evaluateAll((all) => all.map((item) => item.getAttribute("data-invariant")));
    expect(listed).toEqual(["refunds_fit", "order_paid", "gateway_agrees"]);
    const broken = page.locator("[data-invariant=refunds_fit]");
    expect(await broken.innerText()).toMatch(/Broken[\s\S]*5 rows break it\.[\s\S]*… and 3 more\./);
    expect(await broken.getByRole("link", { name: rows[0]! }).getAttribute("href")).toBe(`/${MERCHANT}/test/payments/${rows[0]}`);
    expect(await broken.getByRole("link", { name: "The cases say what to do" }).getAttribute("href")).toBe(
      `/${MERCHANT}/test/cases?kind=broken_invariant`,
    );
    await page.locator("[data-invariant=gateway_agrees]").getByText("The first settlement sweep has not ended yet.").waitFor();
    expect(faults).toEqual([]);
    await page.close();
    await fake.close();
  });
});

function listen(page: Page, faults: string[]): void {
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (line) => line.type() === "error" && !/Failed to load resource/.test(line.text()) && faults.push(line.text()));
}

/** The page's own heading is there and, but for the state that is about it, nothing loads any more. */
async function settled(page: Page, state: State): Promise<void> {
  await page.waitForSelector(state === "loading" ? "h1, [role=status]" : "h1");
  if (state !== "loading") await page.waitForSelector("main .animate-pulse", { state: "detached" });
}
