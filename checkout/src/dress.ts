/** What the page wears: its language, its direction, and the merchant's colour and name. */
import { paletteOf } from "./color.ts";
import { directionOf, type Say } from "./i18n.ts";

export function dress(locale: string, color: string | null): void {
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

export function entitle(say: Say, merchant: string | undefined): void {
  if (merchant !== undefined) document.title = say("title", { merchant });
}
