/**
 * Where the focus is, for people who use no mouse: what has it may leave the page, as a button does whose work is done, a row, or a whole page.
 * Then the nearest part that is still there gets it, so that the next key and the next word read out are of the place where the person was.
 */

/** What had the focus last, outside of menus: those give it back to their button. */
let last: HTMLElement | null = null;
let around: readonly HTMLElement[] = [];
/** Somebody pressed beside it: nothing needs to have the focus then. */
let isLeft = false;

const isInMenu = (target: EventTarget | null) => target instanceof Element && target.closest("[role='menu']") !== null;

function take({ target }: FocusEvent): void {
  if (!(target instanceof HTMLElement) || isInMenu(target)) return;
  last = target;
  around = [];
  isLeft = false;
  for (let at = target.parentElement; at !== null; at = at.parentElement) if (at.hasAttribute("tabindex")) around = [...around, at];
}

function giveBack(): void {
  if (document.activeElement !== document.body || last === null || last.isConnected || isLeft) return;
  const place = around.find((one) => one.isConnected) ?? document.querySelector("main");
  if (place === null) return;
  if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

/** Once, at the start of the page. */
export function keepFocus(): void {
  document.addEventListener("focusin", take);
  document.addEventListener("pointerdown", ({ target }) => {
    if (!isInMenu(target)) isLeft = target instanceof Node && last?.contains(target) !== true;
  });
  new MutationObserver(giveBack).observe(document.body, { childList: true, subtree: true });
}

/** What the focus goes back to when that which opens now is closed; null: nobody had put it anywhere. */
export function openerNow(): HTMLElement | null {
  return isLeft ? null : last;
}
