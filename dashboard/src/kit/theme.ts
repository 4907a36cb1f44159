/** Light or dark: as the system has it, unless the reader chose. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const PLACE = "tillway.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function chosen(): Theme {
  const saved = localStorage.getItem(PLACE);
  return saved === "light" || saved === "dark" ? saved : "system";
}

export function applyTheme(): void {
  const theme = chosen();
  const isDark = theme === "dark" || (theme === "system" && dark.matches);
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  for (const listener of listeners) listener();
}

dark.addEventListener("change", applyTheme);
// Another tab of ours chose.
addEventListener("storage", ({ key }) => key === PLACE && applyTheme());

export function setTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(PLACE);
  else localStorage.setItem(PLACE, theme);
  applyTheme();
}

export function useTheme(): Theme {
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return useSyncExternalStore(subscribe, chosen);
}
