/** What is wrong with how a page looks and is used, as lines of text: for people who see little, use no mouse, or have a small screen. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Frame, Page } from "playwright-core";
import { sampleOr } from "../support/how-much.ts";
import { waitFor } from "../support/wait-for.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** Those of axe that ask for colours. */
const COLOR_RULES = ["color-contrast", "link-in-text-block"];

/** @param context of axe: which part of the page is looked at, as JavaScript @param rules by name, or by what they are tagged with */
export async function axeFaults(frame: Frame, context = "document", rules: readonly string[] = RULES): Promise<string[]> {
  // By the debugger, not by a tag: the page's policy stays as it is. Once per document: it is half a megabyte.
  if (!(await frame.evaluate<boolean>("'axe' in window"))) await frame.evaluate(axe);
  return frame.evaluate<string[]>(
    `axe.run(${context}, { iframes: false, resultTypes: ["violations"], runOnly: ${JSON.stringify(rules)} })
      .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " at " + target + ": " + failureSummary)))`,
  );
}

/** A change of colours is over, however short: beside other pages, one that is not looked at has few frames. */
const COLORED = "document.getAnimations().every((one) => !(one instanceof CSSTransition))";
/** What lies behind an open dialog can't be reached; it is looked at without the dialog. Of many rows of one kind, the first are enough. */
const IN_REACH = `document.querySelector("dialog[open]") ?? { exclude: [["tr[data-row]:nth-child(n+7)"], ["main li:nth-child(n+7)"]] }`;

type Look = readonly [width: number, colorScheme: "light" | "dark"];
const LOOKS: readonly Look[] = [
  [1280, "light"],
  [1280, "dark"],
  [360, "light"],
  [360, "dark"],
];
/** Both widths and both schemes, one way and the other way in turn; light, which all rules are asked of, comes first. */
const samples: readonly (readonly Look[])[] = [
  [LOOKS[0]!, LOOKS[3]!],
  [LOOKS[2]!, LOOKS[1]!],
];
let taken = 0;

/** Of a page that follows the colours of its system: light and dark, at each of the widths. What is open on it stays open. */
export function faultsInEachLook(page: Page, widths?: readonly number[]): Promise<string[]> {
  // What is only there at some widths is looked at there in full.
  if (widths !== undefined)
    return faultsIn(
      page,
      LOOKS.filter(([width]) => widths.includes(width)),
    );
  return faultsIn(page, sampleOr(samples[taken++ % samples.length]!, LOOKS));
}

/** The same, of a page whose colours are seen elsewhere: the sample is one look at it. */
export function faultsInSomeLook(page: Page): Promise<string[]> {
  return faultsIn(page, sampleOr(samples[taken++ % samples.length]!.slice(0, 1), LOOKS));
}

async function faultsIn(page: Page, looks: readonly Look[]): Promise<string[]> {
  const faults: string[] = [];
  for (const [width, colorScheme] of looks) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.waitForSelector(`html[data-theme="${colorScheme}"]`);
    await waitFor("the colours to be there", () => page.evaluate<boolean>(COLORED));
    // In other colours all else is as it was.
    const rules = colorScheme === "dark" ? COLOR_RULES : RULES;
    const found = [...(await axeFaults(page.mainFrame(), IN_REACH, rules)), ...(await scrollsSideways(page))];
    faults.push(...found.map((fault) => `${colorScheme}, ${width} px: ${fault}`));
  }
  return faults;
}

function scrollsSideways(page: Page): Promise<string[]> {
  return page.evaluate<string[]>("document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []");
}

/** Sideways scrolling, of the page or of a part, and text that is wider than its box. */
export function cutOff(frame: Frame): Promise<string[]> {
  return frame.evaluate<string[]>(`(() => {
    const root = document.documentElement;
    const found = root.scrollWidth > root.clientWidth ? ["the page scrolls sideways"] : [];
    for (const one of document.body.querySelectorAll("*")) {
      if (!one.checkVisibility() || one.closest(".hidden, svg") || one.scrollWidth <= one.clientWidth + 1) continue;
      if (getComputedStyle(one).display !== "inline" && !/^(INPUT|SELECT|IFRAME)$/.test(one.tagName)) found.push("is cut off: " + one.outerHTML.slice(0, 90));
    }
    return found;
  })()`);
}

/** What a thumb must hit: 44 px high at least. A link in a sentence is as high as its line. */
export async function smallTargets(frame: Frame): Promise<string[]> {
  const found = await frame.evaluate<string[]>(`
    [...document.querySelectorAll("button, a.primary, a.secondary, input:not([type=radio]), select, .method-head, summary")]
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
      .map((one) => one.outerHTML.slice(0, 80) + " " + one.getBoundingClientRect().height)`);
  return found.map((target) => `is hard to hit: ${target}`);
}

/** Far more than any state of the checkout has. */
const MOST_STOPS = 60;

interface Stop {
  readonly name: string;
  readonly faults: readonly string[];
}

/**
 * Goes through the page by Tab from its start, until it begins anew. At each stop the focus must be seen, with a contrast of 3 to 1 to what is
 * around it, and nothing may lie over the element that has it. Returns the stops by name, and what is wrong at them.
 */
export async function walkByTab(page: Page, frame: Frame): Promise<{ readonly stops: string[]; readonly faults: string[] }> {
  await frame.evaluate("document.activeElement?.blur(); window.getSelection()?.collapse(document.body, 0); scrollTo(0, 0)");
  await frame.evaluate(STOPS);
  const stops: string[] = [];
  const faults: string[] = [];
  for (let n = 0; n < MOST_STOPS; n++) {
    await page.keyboard.press("Tab");
    const stop = await frame.evaluate<Stop | null>("nextStop()");
    if (stop === null) return { stops, faults };
    stops.push(stop.name);
    faults.push(...stop.faults.map((fault) => `${stop.name}: ${fault}`));
  }
  return { stops, faults: [...faults, `Tab goes on for more than ${MOST_STOPS} stops`] };
}

/** null: the focus has left the page, or is where it was before. */
const STOPS = `globalThis.nextStop = (() => {
  const seen = new Set();
  const parts = (color) => { const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (one) => {
    for (let at = one.parentElement; at; at = at.parentElement) {
      const { rgb, a } = parts(getComputedStyle(at).backgroundColor);
      if (a === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const nameOf = (one) => one.tagName.toLowerCase() + " " + (one.labels?.[0]?.textContent || one.ariaLabel || one.textContent || one.id).trim().slice(0, 40);
  return () => {
    const one = document.activeElement;
    if (!one || one === document.body || one.tagName === "IFRAME" || seen.has(one)) return null;
    seen.add(one);
    const faults = [];
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) faults.push("its focus is not seen");
    else if (contrast(parts(outlineColor).rgb, behind(one)) < 3) faults.push("its focus is hardly seen: " + outlineColor + " on " + behind(one));
    const box = one.getBoundingClientRect();
    const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const hit = document.elementFromPoint(x, y);
    if (!hit || !(one.contains(hit) || [...(one.labels ?? [])].some((label) => label.contains(hit)))) faults.push("lies under " + (hit?.outerHTML.slice(0, 60) ?? "nothing"));
    return { name: nameOf(one), faults };
  };
})();`;
