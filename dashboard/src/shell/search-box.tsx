/** One box that takes anything: `/` puts the cursor in it, arrows go through what was found, Enter goes to the only hit or shows them all. */
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useRef, useState, type FormEvent, type KeyboardEvent as ReactKeyboardEvent, type RefObject } from "react";
import { wordsOf } from "../kit/badge.tsx";
import { cx } from "../kit/cx.ts";
import { isTyping } from "../kit/keys.ts";
import { usePageAddress } from "../kit/link.tsx";
import { showMoney } from "../kit/money.tsx";
import { placeOf, subtitleOf, useSearch, type Hit, type Hits } from "../routes/search/hits.ts";

/** A pause in typing. */
const PAUSE_MS = 150;
const SHOWN_MAX = 8;

export function SearchBox() {
  const ref = useRef<HTMLInputElement>(null);
  const listId = useId();
  const [typed, setTyped] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const { q, found, hits } = useFound(typed.trim());
  const go = useGo(() => {
    setOpen(false);
    // To the page that comes, whose begin is there already.
    document.getElementById("main")?.focus({ preventScroll: true });
  });
  const giveBack = useSlash(ref);
  const isShown = isOpen && found !== null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    go(typed.trim(), isShown ? hits[at] : undefined);
  };
  const press = (event: ReactKeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Escape") {
      setOpen(false);
      event.currentTarget.blur();
      giveBack();
    }
    if (!isShown || hits.length === 0 || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    setAt((before) => nextOf(before, step, hits.length));
  };
  return (
    <form role="search" aria-label="Everything" className="relative max-w-md min-w-0 flex-auto" onSubmit={submit}>
      <input
        ref={ref}
        type="search"
        role="combobox"
        aria-label="Search"
        aria-keyshortcuts="/"
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={isShown ? listId : undefined}
        aria-activedescendant={isShown && at >= 0 ? `${listId}-${at}` : undefined}
        placeholder="Search: any id, e-mail, last 4, amount…"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        className="h-8 w-full rounded-md border border-edge/60 bg-ground px-2.5 text-sm"
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(-1);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={press}
      />
      {isShown && <FoundList id={listId} hits={hits} at={at} onChoose={(hit) => go(q, hit)} about={countOf(found)} />}
    </form>
  );
}

interface FoundProps {
  readonly id: string;
  readonly hits: readonly Hit[];
  readonly at: number;
  readonly onChoose: (hit: Hit) => void;
  readonly about: string;
}

function FoundList({ id, hits, at, onChoose, about }: FoundProps) {
  return (
    <div className="absolute top-full right-0 left-0 z-30 mt-1 rounded-lg border border-line bg-surface p-1 shadow-float">
      <ul id={id} role="listbox" aria-label="Found" className="max-h-80 overflow-y-auto">
        {hits.map((hit, place) => (
          <Option key={`${hit.kind} ${hit.id}`} id={`${id}-${place}`} hit={hit} isChosen={place === at} onChoose={() => onChoose(hit)} />
        ))}
      </ul>
      <p role="status" className="px-2 py-1.5 text-xs text-muted">
        {about}
      </p>
    </div>
  );
}

function Option({ id, hit, isChosen, onChoose }: { id: string; hit: Hit; isChosen: boolean; onChoose: () => void }) {
  const ref = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) ref.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  const title = hit.amount !== null && hit.currency !== null ? showMoney(hit.amount, hit.currency) : hit.title;
  return (
    <li
      ref={ref}
      id={id}
      role="option"
      aria-selected={isChosen}
      className={cx("cursor-pointer rounded px-2 py-1.5 text-sm hover:bg-hover", isChosen && "bg-accent-soft")}
      // Before the field loses the focus and the list with it.
      onMouseDown={(event) => {
        event.preventDefault();
        onChoose();
      }}
    >
      <span className="flex min-w-0 items-center gap-2">
        <span className="text-xs text-muted">{wordsOf(hit.kind)}</span>
        <span className="money font-medium whitespace-nowrap">{title}</span>
        <span className="min-w-0 truncate text-muted">{subtitleOf(hit)}</span>
      </span>
      <span className="block truncate font-mono text-xs text-muted">{hit.id}</span>
    </li>
  );
}

/** What was found of what is typed; null: it is not known yet, or of what was typed before. */
function useFound(typed: string): { readonly q: string; readonly found: Hits | null; readonly hits: readonly Hit[] } {
  const q = usePaused(typed);
  const { data } = useSearch(q);
  const found = q === "" || q !== typed ? null : (data ?? null);
  return { q, found, hits: (found?.data ?? []).slice(0, SHOWN_MAX) };
}

function countOf({ data, has_more: isMore }: Hits): string {
  if (data.length === 0)
    return "Nothing was found. Names and telephone numbers are not searched: take an e-mail, an amount or the last four digits.";
  return `${isMore ? "Many" : data.length} found. Enter shows ${data.length === 1 ? "it" : "all"}.`;
}

/** Round and round; before the first press none is chosen. */
function nextOf(before: number, step: number, count: number): number {
  if (before < 0) return step > 0 ? 0 : count - 1;
  return (before + step + count) % count;
}

/** To the chosen hit, else to the only one; else to the page of all. */
function useGo(onGo: () => void) {
  const navigate = useNavigate();
  const address = usePageAddress();
  return (q: string, chosen: Hit | undefined) => {
    if (q === "") return;
    const place = chosen === undefined ? null : placeOf(chosen);
    onGo();
    // The page of what was found goes on to the only hit by itself: Enter may come before the answer.
    if (place === null) void navigate({ to: address("search") as never, search: { q, only: "1" } as never });
    else void navigate({ to: address(place) as never });
  };
}

function usePaused(text: string): string {
  const [paused, setPaused] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}

/** @returns what gives the focus back to where it was when the key was pressed, such as a row */
function useSlash(ref: RefObject<HTMLInputElement | null>): () => void {
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      opener.current = document.activeElement;
      ref.current?.focus();
      ref.current?.select();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [ref]);
  return () => {
    if (opener.current instanceof HTMLElement && opener.current !== document.body && opener.current.isConnected) opener.current.focus();
    opener.current = null;
  };
}
