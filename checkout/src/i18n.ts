/** Sentences by key. English is in the page; the others are read when they are needed. */
import en from "./locales/en.json";

export type Key = keyof typeof en;
export type Sentences = Readonly<Record<Key, string>>;

/** Languages of the page, by the tag of their file. `en-XA` is the one that shows what does not fit or is not translated. */
const loaders: Readonly<Record<string, () => Promise<{ default: Sentences }>>> = {
  hi: () => import("./locales/hi.json"),
  ar: () => import("./locales/ar.json"),
  de: () => import("./locales/de.json"),
  es: () => import("./locales/es.json"),
  fr: () => import("./locales/fr.json"),
  ja: () => import("./locales/ja.json"),
  pt: () => import("./locales/pt.json"),
  zh: () => import("./locales/zh.json"),
  "en-XA": () => import("./locales/en-XA.json"),
};

export const locales: readonly string[] = ["en", ...Object.keys(loaders)];

/** The first of these languages that there is. */
export function chooseLocale(wanted: readonly (string | null)[]): string {
  for (const tag of wanted) {
    if (tag === null) continue;
    const found =
      locales.find((one) => one.toLowerCase() === tag.toLowerCase()) ?? locales.find((one) => one === tag.toLowerCase().split("-")[0]);
    if (found !== undefined) return found;
  }
  return "en";
}

export function directionOf(locale: string): "rtl" | "ltr" {
  return locale === "ar" ? "rtl" : "ltr";
}

export async function sentencesOf(locale: string): Promise<Sentences> {
  try {
    return (await loaders[locale]?.())?.default ?? en;
  } catch {
    // The server has gone, or has newer files: English is better than nothing.
    return en;
  }
}

export type Say = (key: Key, values?: Readonly<Record<string, string>>) => string;

/** Where a sentence has `{name}`, the value of that name stands. */
export function sayIn(sentences: Sentences): Say {
  return (key, values = {}) => sentences[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Does this key stand for a sentence? What the server says in its own words is none. */
export function isKey(text: string): text is Key {
  return Object.hasOwn(en, text);
}
