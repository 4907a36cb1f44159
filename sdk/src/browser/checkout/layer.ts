/** What of the checkout stands in the shop's page: a frame, in a window over the page or in a place of the shop's. */
import { lock, look, sheetOf } from "./look.ts";
import type { CheckoutMode } from "./messages.ts";
import { wordsFor } from "./words.ts";

/** What the frame's pages may ask the browser for. */
const ALLOW = "payment *; publickey-credentials-get *; clipboard-write";

/** No page of a checkout is higher: whatever number comes, the shop's page stays usable. */
const HIGHEST_PX = 4000;

export interface Layer {
  readonly frame: HTMLIFrameElement;
  /** False if the shop's page took it out by itself. */
  inPage(): boolean;
  /** The frame has something to show. */
  shown(): void;
  height(px: number): void;
  /** Leaves the page as it was found. */
  remove(): void;
}

interface Wanted {
  readonly mode: CheckoutMode;
  readonly parent: Element;
  readonly url: URL;
  readonly locale?: string | undefined;
  /** The shopper wants to leave, by a way that is not the frame's. */
  readonly leave: () => void;
  /** The browser closed the window by itself. */
  readonly gone: () => void;
}

export function makeLayer({ mode, parent, url, locale, leave, gone }: Wanted): Layer {
  const { title, close } = wordsFor(locale);
  const host = document.createElement("div");
  // Open: a shop that tests its own page finds the frame.
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheetOf(look)];
  const place = element("div", "frame wait");
  const frame = element("iframe");
  frame.title = title;
  frame.allow = ALLOW;
  frame.src = url.href;
  place.append(frame, element("div", "bar"));
  const dialog = mode === "modal" ? windowOf({ place, title, close, leave, gone }) : null;
  root.append(dialog ?? place);
  parent.append(host);
  const restore = dialog && showOver(dialog);
  return {
    frame,
    inPage: () => host.isConnected,
    shown() {
      if (!place.classList.contains("wait")) return;
      place.classList.remove("wait");
      if (dialog) frame.focus();
    },
    height(px) {
      (dialog ?? frame).style.height = `${Math.min(Math.max(Math.ceil(px), 0), HIGHEST_PX)}px`;
    },
    remove() {
      dialog?.close();
      host.remove();
      restore?.();
    },
  };
}

function element<Tag extends "div" | "iframe" | "button" | "dialog">(tag: Tag, className = ""): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

interface WindowParts {
  readonly place: HTMLElement;
  readonly title: string;
  readonly close: string;
  readonly leave: () => void;
  readonly gone: () => void;
}

function windowOf({ place, title, close, leave, gone }: WindowParts): HTMLDialogElement {
  const dialog = element("dialog");
  dialog.ariaLabel = title;
  // Until the frame shows something it has no way out of its own.
  const button = element("button");
  button.type = "button";
  button.autofocus = true;
  button.ariaLabel = close;
  button.textContent = "×";
  button.addEventListener("click", leave);
  place.append(button);
  dialog.append(place);
  const ask = (event: Event): void => {
    event.preventDefault();
    leave();
  };
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && ask(event));
  dialog.addEventListener("cancel", ask);
  dialog.addEventListener("close", gone);
  // What is beside the window belongs to it as well.
  dialog.addEventListener("click", (event) => event.target === dialog && leave());
  return dialog;
}

/** Shows it over everything, and says how to make that undone. */
function showOver(dialog: HTMLDialogElement): () => void {
  const opener = focused();
  const { scrollX: left, scrollY: top } = window;
  const sheet = sheetOf(lock(window.innerWidth > document.documentElement.clientWidth));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  dialog.showModal();
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    window.scrollTo({ left, top, behavior: "instant" });
    opener?.focus({ preventScroll: true });
  };
}

/** Also of a shop whose buttons are custom elements. */
function focused(): HTMLElement | null {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at instanceof HTMLElement ? at : null;
}
