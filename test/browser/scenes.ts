/** Opens a state of the checkout's catalogue in a browser, wherever it stands, and does there what its shopper does. */
import type { BrowserContext, Frame, Page } from "playwright-core";
import type { Act, Scene } from "../../checkout/src/states.ts";
import { waitFor } from "../support/wait-for.ts";
import type { FakeCheckout } from "./fake-checkout.ts";
import { watchFaults } from "./faults.ts";

/** The time that the catalogue's examples are of. */
const NOW = new Date("2026-11-28T10:00:00Z");

export interface Shown {
  readonly page: Page;
  /** Where the checkout is: the page itself, or the frame in a shop's page. */
  readonly frame: Frame;
}

interface Stage {
  readonly context: BrowserContext;
  readonly fake: FakeCheckout;
  readonly faults: string[];
}

export async function show({ context, fake, faults }: Stage, scene: Scene, locale: string): Promise<Shown> {
  await context.route("https://bank.example/**", (route) => route.fulfill({ contentType: "text/html", body: "<title>Bank</title>" }));
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await watchFaults(page, faults, scene.name);
  await page.clock.install({ time: NOW });
  await page.goto(fake.play(scene, locale));
  const frame = await frameOf(page, scene);
  await frame.waitForSelector(`html[lang="${locale}"]`, { state: "attached" });
  for (const act of scene.acts ?? []) await perform({ page, frame }, act);
  await frame.waitForSelector(`[data-screen="${scene.screen}"]`);
  if (scene.shows !== undefined) await frame.waitForSelector(scene.shows, { state: "attached" });
  return { page, frame };
}

async function frameOf(page: Page, { at }: Scene): Promise<Frame> {
  if (at !== "modal" && at !== "inline") return page.mainFrame();
  const element = await page.waitForSelector("iframe");
  await page.waitForSelector(".frame:not(.wait)");
  return (await element.contentFrame())!;
}

async function perform({ page, frame }: Shown, act: Act): Promise<void> {
  if ("click" in act) await frame.click(act.click);
  else if ("choose" in act) await frame.selectOption(act.choose, act.option);
  else if ("passMs" in act) await page.clock.fastForward(act.passMs);
  else if ("closes" in act) await closeBank(page);
  else await frame.fill(act.type, act.text);
}

async function closeBank(page: Page): Promise<void> {
  const others = (): Page[] =>
    page
      .context()
      .pages()
      .filter((one) => one !== page);
  await waitFor("the bank's window", () => others().length > 0);
  await Promise.all(others().map((one) => one.close()));
}
