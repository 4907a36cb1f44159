/** Puts the parts together for the address that was opened. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { accessOf, tabShelf, whereFrom, type Access, type Shelf } from "./access.ts";
import { createApi } from "./api.ts";
import type { ShopConnection } from "../../sdk/src/browser/checkout/frame.ts";
import { connect } from "../../sdk/src/browser/checkout/frame.ts";
import { onReturned, openBankWindow, tellReturned } from "./bank-window.ts";
import { dress, entitle } from "./dress.ts";
import { createEngine } from "./engine.ts";
import { createGatewayFields } from "./gateway-fields.ts";
import { chooseLocale, sayIn, sentencesOf, type Sentences } from "./i18n.ts";
import english from "./locales/en.json";
import { returnAddress } from "./return-address.ts";
import { hasTyped, leaveShop, tellShop } from "./shop.ts";
import { createStore, type Store } from "./store.ts";
import { App } from "./views/app.tsx";
import { PageContext, type Doings } from "./views/context.ts";

/** From the end of a payment to the shop's page: time to read that it is paid. */
const BACK_AFTER_MS = 5_000;

export function start(): void {
  const path = location.pathname;
  // At once: the shop's page speaks right after this script has run.
  if (path === "/embed") return void connect().then(openFramed, () => showUnusable(newStore()));
  const shelf = tabShelf();
  if (path === "/return") return comeBack(shelf);
  if (path.startsWith("/l/")) return void showLink(path.slice(3), shelf);
  const access = accessOf(path, location.hash, shelf);
  history.replaceState(null, "", path);
  const store = newStore();
  if (access === null) return showUnusable(store);
  run({ store, access, shelf, shop: null });
}

/** Most visitors of the checkout come another way. */
async function showLink(token: string, shelf: Shelf): Promise<void> {
  const { LinkPage } = await import("./link/page.tsx");
  render(<LinkPage token={token} shelf={shelf} />, document.getElementById("app")!);
}

function newStore(first: Parameters<typeof createStore>[0] = {}): Store {
  return createStore({ locale: chooseLocale(navigator.languages), ...first });
}

function showUnusable(store: Store): void {
  store.dispatch({ type: "unusable" });
  show(store, noDoings);
}

/** The bank's page sent the shopper here: this tab goes on where it left the checkout, or the page that waits does. */
function comeBack(shelf: Shelf): void {
  const path = window.opener === null ? whereFrom(shelf) : null;
  if (path !== null) return location.replace(path);
  tellReturned();
  show(newStore({ stage: "returned" }), noDoings);
  window.close();
}

function openFramed(shop: ShopConnection): void {
  const { key, orderId, clientSecret, locale, mode } = shop.open;
  const store = newStore({ isEmbedded: true, canClose: mode === "modal", ...(locale !== undefined && { locale: chooseLocale([locale]) }) });
  tellShop(shop, store);
  run({ store, access: clientSecret === undefined ? { key, orderId } : { key, secret: clientSecret }, shelf: tabShelf(), shop });
}

interface Opened {
  readonly store: Store;
  readonly access: Access;
  readonly shelf: Shelf;
  readonly shop: ShopConnection | null;
}

function run({ store, access, shelf, shop }: Opened): void {
  const api = createApi(access, shelf);
  const fields = createGatewayFields({ api, store, shelf });
  const engine = createEngine({ api, store, shelf, fields, goTo: (url) => location.assign(url) });
  const load = (): void => void engine.load().catch(() => store.dispatch({ type: "unusable" }));
  const leave = (): void => (shop === null ? undefined : leaveShop(shop, store));
  const close = (): void => (hasTyped(store) ? store.dispatch({ type: "leaving", is: true }) : leave());
  shop?.onClose(close);
  if (shop?.open.mode === "modal") addEventListener("keydown", (event) => closeByKey(event, store, close));
  const doings: Doings = {
    submit: () => void engine.submit(),
    cancelPayment: () => void engine.cancelPayment(),
    cancelSession: () => void engine.cancelSession(),
    tryNow: () => dispatchEvent(new Event("online")),
    openBank: (url) => (shop === null ? location.assign(url) : openBankWindow(store, url)),
    openWindow: () => void engine.openWindow(),
    close,
    leave,
    mountFields: fields.mount,
  };
  show(store, doings, shop?.open.locale ?? null);
  load();
  onReturned(load);
  goBackWhenPaid(store);
  const lookAtLine = (): void => store.dispatch({ type: "offline", is: !navigator.onLine });
  for (const event of ["online", "offline"]) addEventListener(event, lookAtLine);
  lookAtLine();
  addEventListener("pagehide", () => engine.rest());
  // Shown again out of the back/forward cache: what stands there may be long over.
  addEventListener("pageshow", (event) => event.persisted && load());
}

/** The dialog that asks closes itself by Escape. Not by the one that opened it: what a browser does with a key comes after what a page does. */
function closeByKey(event: KeyboardEvent, store: Store, close: () => void): void {
  if (event.key !== "Escape" || store.get().isLeaving) return;
  event.preventDefault();
  close();
}

function goBackWhenPaid(store: Store): void {
  const off = store.subscribe(() => {
    const { goesBack, view, payment } = store.get();
    if (!goesBack || !payment || typeof view?.return_url !== "string") return;
    off();
    const address = returnAddress(view.return_url, payment);
    setTimeout(() => location.assign(address), BACK_AFTER_MS);
  });
}

const nothing = (): void => undefined;
const noDoings: Doings = {
  submit: nothing,
  cancelPayment: nothing,
  cancelSession: nothing,
  tryNow: nothing,
  openBank: nothing,
  openWindow: nothing,
  close: nothing,
  leave: nothing,
  mountFields: async () => null,
};

function show(store: Store, doings: Doings, locale: string | null = null): void {
  render(<Root store={store} doings={doings} locale={locale} />, document.getElementById("app")!);
}

interface RootProps {
  readonly store: Store;
  readonly doings: Doings;
  /** What the shop's page asked for. */
  readonly locale: string | null;
}

function Root({ store, doings, locale: asked }: RootProps) {
  const [state, setState] = useState(store.get());
  const [spoken, setSpoken] = useState<{ readonly locale: string; readonly sentences: Sentences }>({ locale: "en", sentences: english });
  useEffect(() => {
    const look = (): void => setState(store.get());
    // An effect runs after the first paint: an answer that was faster than that has told nobody.
    look();
    return store.subscribe(look);
  }, [store]);
  const { locale, view } = state;
  useEffect(() => {
    const wanted = chooseLocale([asked, view?.locale ?? null, ...navigator.languages]);
    if (wanted !== locale) store.dispatch({ type: "localized", locale: wanted });
  }, [view?.locale]);
  useEffect(() => void sentencesOf(locale).then((sentences) => setSpoken({ locale, sentences })), [locale]);
  const { sentences } = spoken;
  const say = sayIn(sentences);
  useEffect(() => dress(locale, view?.merchant.color ?? null), [locale, view?.merchant.color]);
  useEffect(() => entitle(say, view?.merchant.name), [sentences, view?.merchant.name]);
  // Words that come later would move what is there.
  const isSpoken = spoken.locale === locale;
  return (
    <PageContext.Provider
      value={{ state: isSpoken ? state : { ...state, stage: "loading", view: null, isAway: false }, say, doings, dispatch: store.dispatch }}
    >
      <App />
    </PageContext.Provider>
  );
}
