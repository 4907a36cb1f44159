/** Puts the parts together for the address that was opened. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { accessOf, tabShelf, whereFrom, type Access, type Shelf } from "./access.ts";
import { createApi } from "./api.ts";
import { paletteOf } from "./color.ts";
import { createEngine, type Engine } from "./engine.ts";
import { chooseLocale, directionOf, sayIn, sentencesOf, type Say, type Sentences } from "./i18n.ts";
import english from "./locales/en.json";
import { createStore, type Store } from "./store.ts";
import { App } from "./views/app.tsx";
import { PageContext, type Doings } from "./views/context.ts";

export function start(): void {
  const shelf = tabShelf();
  const path = location.pathname;
  if (path === "/return") return comeBack(shelf);
  openHosted(path, shelf);
}

/** The bank's page sent the shopper here: the tab goes on where it left the checkout. */
function comeBack(shelf: Shelf): void {
  const path = whereFrom(shelf);
  if (path !== null) location.replace(path);
}

function openHosted(path: string, shelf: Shelf): void {
  const access = accessOf(path, location.hash, shelf);
  history.replaceState(null, "", path);
  const store = createStore({ locale: chooseLocale(navigator.languages) });
  if (access === null) {
    show(store, null);
    store.dispatch({ type: "unusable" });
    return;
  }
  run(store, access, shelf);
}

function run(store: Store, access: Access, shelf: Shelf): void {
  const engine = createEngine({ api: createApi(access), store, shelf, tokenizer: () => null, goTo: (url) => location.assign(url) });
  show(store, engine);
  const load = (): void => void engine.load().catch(() => store.dispatch({ type: "unusable" }));
  load();
  // Shown again out of the back/forward cache: what stands there may be long over.
  addEventListener("pageshow", (event) => event.persisted && load());
}

function show(store: Store, engine: Engine | null): void {
  const doings: Doings = {
    submit: () => void engine?.submit(),
    cancelPayment: () => void engine?.cancelPayment(),
    cancelSession: () => void engine?.cancelSession(),
    tryNow: () => dispatchEvent(new Event("online")),
    openBank: (url) => location.assign(url),
    openWindow: () => undefined,
    close: () => undefined,
    mountFields: () => undefined,
  };
  render(<Root store={store} doings={doings} />, document.getElementById("app")!);
}

function Root({ store, doings }: { readonly store: Store; readonly doings: Doings }) {
  const [state, setState] = useState(store.get());
  const [sentences, setSentences] = useState<Sentences>(english);
  useEffect(() => store.subscribe(() => setState(store.get())), [store]);
  const { locale, view } = state;
  useEffect(() => {
    const wanted = chooseLocale([view?.locale ?? null, ...navigator.languages]);
    if (wanted !== locale) store.dispatch({ type: "localized", locale: wanted });
  }, [view?.locale]);
  useEffect(() => void sentencesOf(locale).then(setSentences), [locale]);
  const say = sayIn(sentences);
  useEffect(() => dress(locale, view?.merchant.color ?? null), [locale, view?.merchant.color]);
  useEffect(() => entitle(say, view?.merchant.name), [sentences, view?.merchant.name]);
  return (
    <PageContext.Provider value={{ state, say, doings, dispatch: store.dispatch }}>
      <App />
    </PageContext.Provider>
  );
}

function dress(locale: string, color: string | null): void {
  const { documentElement: root } = document;
  root.lang = locale;
  root.dir = directionOf(locale);
  const palette = paletteOf(color);
  for (const [name, value] of [
    ["--brand", palette.brand],
    ["--on-brand", palette.onBrand],
    ["--accent-light", palette.onLight],
    ["--accent-dark", palette.onDark],
  ] as const)
    root.style.setProperty(name, value);
}

function entitle(say: Say, merchant: string | undefined): void {
  if (merchant !== undefined) document.title = say("title", { merchant });
}
