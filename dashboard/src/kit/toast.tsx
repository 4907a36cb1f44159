/** Short words about what was done. They are read out, never take the focus, and are never the only place of something important. */
import { useSyncExternalStore } from "react";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "good" | "bad";
}

const SHOWN_MS = 6_000;

let toasts: readonly Toast[] = [];
let spoken = "";
let next = 1;
const listeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
const changed = () => {
  for (const listener of listeners) listener();
};

/** Shows and says it. */
export function toast(text: string, tone: Toast["tone"] = "good"): void {
  const id = next++;
  toasts = [...toasts.slice(-2), { id, text, tone }];
  announce(text);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Only says it, to people who read by ear. */
export function announce(text: string): void {
  // The same words twice are read twice only if they differ.
  spoken = spoken === text ? `${text}\u00a0` : text;
  changed();
}

function dismiss(id: number): void {
  toasts = toasts.filter((one) => one.id !== id);
  changed();
}

/** Once per page, in the layout. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  const words = useSyncExternalStore(subscribe, () => spoken);
  return (
    <>
      <div role="status" aria-live="polite" className="sr-only">
        {words}
      </div>
      <section
        aria-label="Messages"
        hidden={shown.length === 0}
        className="pointer-events-none fixed right-4 bottom-4 z-50 flex w-80 max-w-[calc(100%-2rem)] flex-col gap-2"
      >
        {shown.map(({ id, text, tone }) => (
          <div
            key={id}
            className="pointer-events-auto flex items-start gap-2 rounded-md border border-line bg-surface px-3 py-2 text-sm shadow-float"
          >
            <span aria-hidden="true" className={tone === "good" ? "text-good" : "text-bad"}>
              {tone === "good" ? "✓" : "!"}
            </span>
            <span className="min-w-0 flex-auto break-words">{text}</span>
            <button type="button" aria-label="Dismiss" className="text-muted" onClick={() => dismiss(id)}>
              ✕
            </button>
          </div>
        ))}
      </section>
    </>
  );
}
