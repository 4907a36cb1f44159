/**
 * What happens at the merchant, as it happens: one stream per page (`GET /v1/events/stream`), or questions every few seconds where none comes
 * through. After a break it goes on behind the last event that it saw, so nothing is missing.
 */
import type { EventObject } from "@tillway/sdk";
import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { Page } from "./data.ts";
import { follow, type LiveState } from "./follow.ts";
import { withRow } from "./rows.ts";
import { useScope, useSetQuery } from "./scope.ts";

interface Live {
  readonly state: LiveState;
  readonly pause: (isPaused: boolean) => void;
  readonly subscribe: (listener: (event: EventObject) => void) => () => void;
}

const Context = createContext<Live | null>(null);

/** Around the pages of a merchant and mode. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const scope = useScope();
  const [state, setState] = useState<LiveState>("connecting");
  const [isPaused, pause] = useState(false);
  const listeners = useRef(new Set<(event: EventObject) => void>());
  /** Goes on behind it after a pause as well. */
  const last = useRef<string | null>(null);
  useEffect(() => {
    last.current = null;
  }, [scope]);
  useEffect(() => {
    if (isPaused) {
      setState("paused");
      return undefined;
    }
    const abort = new AbortController();
    const tell = (event: EventObject) => {
      // One that fails is no reason to give up the stream for all others.
      for (const listener of listeners.current) attempt(() => listener(event));
    };
    void follow({ scope, last, signal: abort.signal, onState: setState, onEvent: tell });
    return () => abort.abort();
  }, [scope, isPaused]);
  const live = useMemo<Live>(
    () => ({
      state,
      pause,
      subscribe: (listener) => {
        listeners.current.add(listener);
        return () => void listeners.current.delete(listener);
      },
    }),
    [state],
  );
  return <Context value={live}>{children}</Context>;
}

function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    reportError(error);
  }
}

function useLiveContext(): Live {
  const live = useContext(Context);
  if (live === null) throw new Error("useLive is for pages of a merchant");
  return live;
}

/** Calls the listener with each event of this merchant and mode, and says how it stands with the connection. */
export function useLive(listener?: (event: EventObject) => void): Pick<Live, "state" | "pause"> {
  const { state, pause, subscribe } = useLiveContext();
  const current = useRef(listener);
  current.current = listener;
  useEffect(() => subscribe((event) => current.current?.(event)), [subscribe]);
  return { state, pause };
}

/** What is read under a path is read again, at most once in this time, as long as events come that are about it. */
const AGAIN_MS = 1_000;

/** For pages of one thing, and figures: reads `paths` again when an event comes that `isAbout` them. */
export function useLiveRefresh(paths: readonly string[], isAbout: (event: EventObject) => boolean = () => true): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => () => void (timer.current !== null && clearTimeout(timer.current)), []);
  useLive((event) => {
    if (!isAbout(event) || timer.current !== null) return;
    const run = () =>
      void client.invalidateQueries({ predicate: ({ queryKey }) => paths.some((path) => String(queryKey[2]).startsWith(path)) });
    run();
    timer.current = setTimeout(() => {
      timer.current = null;
      run();
    }, AGAIN_MS);
  });
}

/**
 * For lists: a row that is shown becomes what an event says of it, where it stands. @param path of the list @param rowOf the thing as the
 * event has it; null: it is about something else
 */
export function useLiveRows<T extends { readonly id: string }>(path: string, rowOf: (event: EventObject) => T | null): void {
  const client = useQueryClient();
  const scope = useScope();
  useLive((event) => {
    const row = rowOf(event);
    if (row === null) return;
    client.setQueriesData<Page<T>>({ queryKey: [scope.merchant, scope.mode, path] }, (page) => withRow(page, row));
  });
}

/**
 * For lists: counts what is new instead of moving the rows under the reader's pointer. `onTake`
 * shows them. @param isNew events by which a row appears at the head
 */
export function NewRowsPill({
  noun,
  isNew,
  onTake,
}: {
  noun: readonly [one: string, many: string];
  isNew: (event: EventObject) => boolean;
  onTake: () => void;
}) {
  const [count, setCount] = useState(0);
  useLive((event) => {
    if (isNew(event)) setCount((before) => before + 1);
  });
  if (count === 0) return null;
  const take = () => {
    setCount(0);
    onTake();
  };
  return (
    <button type="button" className="rounded-full bg-accent px-3 py-1 text-xs font-medium text-on-accent" onClick={take}>
      {count} new {noun[count === 1 ? 0 : 1]}
    </button>
  );
}

/** Above a list of this path: what is new there; a press shows its first page. @param type of the event by which a row appears */
export function NewRows({ path, noun, type }: { path: string; noun: readonly [one: string, many: string]; type: string }) {
  const client = useQueryClient();
  const { merchant, mode } = useScope();
  const setQuery = useSetQuery();
  const take = () => {
    setQuery({ starting_after: undefined, ending_before: undefined });
    void client.invalidateQueries({ queryKey: [merchant, mode, path] });
  };
  return <NewRowsPill noun={noun} isNew={(event) => event.type === type} onTake={take} />;
}

const words: Record<LiveState, readonly [word: string, title: string, dot: string]> = {
  connecting: ["Reconnecting", "Connecting to the stream of events", "bg-muted"],
  // Not "Live": that is a mode, and its switch stands beside.
  live: ["Up to date", "What happens is shown within a second", "bg-good"],
  polling: ["Updates every 5 s", "No stream comes through, so what is new is asked for", "bg-warn"],
  paused: ["Paused", "Nothing new is shown until you go on", "bg-warn"],
};

/** In the header of each page of a merchant. A press pauses, and goes on. */
export function LiveSwitch() {
  const { state, pause } = useLive();
  const [word, title, dot] = words[state];
  const isPaused = state === "paused";
  return (
    <button
      type="button"
      title={`${title}. Press to ${isPaused ? "go on" : "pause"}.`}
      aria-pressed={isPaused}
      className="inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-xs text-muted hover:bg-sunken hover:text-ink"
      onClick={() => pause(!isPaused)}
    >
      <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
      <span className="hidden sm:inline">{word}</span>
      <span className="sr-only sm:hidden">{word}</span>
    </button>
  );
}
