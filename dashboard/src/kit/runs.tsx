/**
 * What goes on in steps that this page asks for, while people look at other pages: closing a dialog, or going elsewhere in the dashboard, stops
 * nothing, and the strip below each page shows how far it is. Whoever closes the tab meanwhile is asked first.
 */
import { useSyncExternalStore } from "react";
import { Button } from "./button.tsx";

export interface Run {
  readonly id: number;
  /** "Retrying dead letters of “Malformed”". */
  readonly title: string;
  readonly state: "running" | "finished" | "stopped";
  readonly done: number;
  readonly of: number;
  /** Why it stopped. */
  readonly why?: string;
  /** Asks it to stop after the step that is under way. */
  readonly stop: () => void;
}

export interface Begun {
  /** Says how far it is. */
  tell(news: Partial<Pick<Run, "state" | "done" | "of" | "why">>): void;
  /** Aborted when somebody asked it to stop. */
  readonly signal: AbortSignal;
}

let runs: readonly Run[] = [];
let next = 1;
const listeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

function become(changed: readonly Run[]): void {
  runs = changed;
  for (const listener of listeners) listener();
  const isBusy = runs.some(({ state }) => state === "running");
  globalThis[isBusy ? "addEventListener" : "removeEventListener"]("beforeunload", ask);
}

/** The browser asks in words of its own. */
function ask(event: Event): void {
  event.preventDefault();
}

/** Shows a run from now on. */
export function beginRun(title: string, of: number): Begun {
  const id = next++;
  const stopping = new AbortController();
  const run: Run = { id, title, of, state: "running", done: 0, stop: () => stopping.abort() };
  become([...runs.filter(({ state }) => state === "running"), run]);
  return {
    tell: (news) => become(runs.map((one) => (one.id === id ? { ...one, ...news } : one))),
    signal: stopping.signal,
  };
}

const ends = { running: "", finished: "Done. ", stopped: "Stopped. " } as const;

/** Once per page, in the layout. */
export function Runs() {
  const shown = useSyncExternalStore(subscribe, () => runs);
  if (shown.length === 0) return null;
  return (
    <section
      aria-label="Runs"
      className="sticky bottom-0 z-30 space-y-2 border-t border-line bg-surface px-4 py-2 text-sm shadow-float nav:px-6"
    >
      {shown.map(({ id, title, state, done, of, why, stop }) => (
        <div key={id} className="flex flex-wrap items-center gap-x-4 gap-y-1">
          <span className="min-w-0 flex-auto break-words">
            <span className="font-medium">{title}</span>: {ends[state]}
            {done.toLocaleString()} of {of.toLocaleString()} done
            {state === "running" && ". It goes on while you look at other pages; keep this tab open."}
            {why !== undefined && `. ${why} What is done stays done: begin again for the rest.`}
          </span>
          <progress className="h-2 w-32 accent-accent" aria-label={title} max={Math.max(1, of)} value={done} />
          {state === "running" ? (
            <Button small aria-label={`Stop: ${title}`} onClick={stop}>
              Stop
            </Button>
          ) : (
            <Button small kind="quiet" aria-label={`Dismiss: ${title}`} onClick={() => become(runs.filter((run) => run.id !== id))}>
              Dismiss
            </Button>
          )}
        </div>
      ))}
    </section>
  );
}
