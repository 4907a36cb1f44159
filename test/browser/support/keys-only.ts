/** Somebody who has a keyboard and no mouse, and must see where the focus is wherever it is. */
import type { Page } from "playwright-core";
import { waitFor } from "../../support/wait-for.ts";

/** More than any page of a small shop has. */
const MOST_STOPS = 150;

interface Focus {
  /** What it is called by its label, its ARIA name or its words; empty: nothing has the focus. */
  readonly name: string;
  readonly isInDialog: boolean;
  /** Null: it is seen, or on a part of the page that a script put it on. */
  readonly fault: string | null;
}

export interface KeysOnly {
  focus(): Promise<Focus>;
  press(...keys: string[]): Promise<void>;
  /** Tab until what is called so has the focus; each stop on the way must be seen. `Shift+Tab` goes back. */
  tabTo(name: string | RegExp, key?: "Tab" | "Shift+Tab"): Promise<void>;
  /** Waits until what is called so has the focus, and is seen to have it. */
  has(name: string | RegExp): Promise<void>;
  /** Names of all stops of Tab in the dialog that is open, once round. Throws if one is outside. */
  stopsOfDialog(): Promise<string[]>;
}

export function keysOnly(page: Page): KeysOnly {
  const focus = () => page.evaluate<Focus>(FOCUS);
  /** After the last stop comes the browser's own bar, where the page has no focus. */
  const isAtBar = async () => (await focus()).name === "";
  const seen = async (): Promise<Focus> => {
    const now = await focus();
    if (now.fault !== null) throw new Error(`${now.name}: ${now.fault}`);
    return now;
  };
  const fits = (name: string, wanted: string | RegExp) => (typeof wanted === "string" ? name === wanted : wanted.test(name));
  return {
    focus,
    press: async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    },
    tabTo: async (wanted, key = "Tab") => {
      const stops: string[] = [];
      for (let n = 0; n < MOST_STOPS; n++) {
        await page.keyboard.press(key);
        if (await isAtBar()) await page.keyboard.press(key);
        const { name } = await seen();
        if (fits(name, wanted)) return;
        stops.push(name);
      }
      throw new Error(`${key} does not come to ${wanted}, but to ${stops.join(" | ")}`);
    },
    has: async (wanted) => {
      let last: Focus | null = null;
      const look = async () => {
        last = await focus();
        return fits(last.name, wanted) && last.fault === null;
      };
      await waitFor(`the focus on ${wanted}`, look, { timeoutMs: 30_000 }).catch((error: Error) => {
        throw new Error(`${error.message}; it is ${JSON.stringify(last)}`, { cause: error });
      });
    },
    stopsOfDialog: async () => {
      const stops: string[] = [];
      const { name: first } = await focus();
      for (let n = 0; n < MOST_STOPS; n++) {
        await page.keyboard.press("Tab");
        if (await isAtBar()) await page.keyboard.press("Tab");
        const { name, isInDialog } = await seen();
        if (!isInDialog) throw new Error(`Tab leaves the dialog, for ${name === "" ? "nothing" : name}, after ${stops.join(" | ")}`);
        stops.push(name);
        if (name === first) return stops;
      }
      throw new Error(`Tab does not come round, but to ${stops.join(" | ")}`);
    },
  };
}

/** A row has its ring on what lies over it, a chip on the part around its list of choices. */
const FOCUS = `(() => {
  const one = document.activeElement;
  if (!one || one === document.body) return { name: "", isInDialog: false, fault: "the focus is lost" };
  const name = (one.labels?.[0]?.textContent || one.ariaLabel || one.textContent || one.id).trim().replace(/\\s+/g, " ").slice(0, 80);
  const isInDialog = one.closest("dialog[open]") !== null;
  if (one.tabIndex < 0 && !/^(menu|option|tab)/.test(one.role ?? one.getAttribute("role") ?? "")) return { name, isInDialog, fault: null };
  const isRinged = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const isSeen = isRinged(getComputedStyle(one)) || isRinged(getComputedStyle(one, "::after")) || isRinged(getComputedStyle(one.parentElement));
  if (!isSeen) return { name, isInDialog, fault: "its focus is not seen: " + one.outerHTML.slice(0, 120) };
  const { top, bottom, left, right } = one.getBoundingClientRect();
  const isOnScreen = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
  return { name, isInDialog, fault: isOnScreen ? null : "has the focus outside of the screen" };
})()`;
