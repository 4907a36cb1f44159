/** `j` and `k` go from row to row: to its link, which Enter opens, or to the first thing in it that can be pressed. */
import { useEffect, useRef } from "react";
import { isTyping } from "./keys.ts";

const PRESSED = "[data-row-link], a[href], button:not([disabled])";

export function useRowKeys<T extends HTMLElement = HTMLDivElement>() {
  const ref = useRef<T>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.key !== "j" && event.key !== "k") || isTyping(event)) return;
      const rows = [...(ref.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])].filter(
        (row) => row.querySelector(PRESSED) !== null,
      );
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      const row = rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))];
      const next = row?.querySelector<HTMLElement>("[data-row-link]") ?? row?.querySelector<HTMLElement>(PRESSED) ?? undefined;
      if (next === undefined) return;
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  return ref;
}
