/** Filters of a list. Their state is the address, so that it can be kept, sent and gone back to. */
import { useEffect, useRef, useState, type FocusEvent, type KeyboardEvent } from "react";
import { exponentOf } from "../../../server/src/core/money.ts";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";
import { dayOf } from "./days.ts";
import type { Choice } from "./field.tsx";
import { FilterField } from "./filter-field.tsx";
import { showMoney } from "./money.tsx";
import { useQueryText, useSetQuery } from "./scope.ts";

export type Filter =
  /** One of some values. */
  | { readonly kind: "choice"; readonly name: string; readonly label: string; readonly choices: readonly Choice[] }
  /** Text that is taken by Enter or by leaving it. `upper`: in capitals, however it was typed. */
  | { readonly kind: "text"; readonly name: string; readonly label: string; readonly placeholder?: string; readonly upper?: boolean }
  /** Typed as the reader writes amounts, minor units in the address. `of`: the filter that names the currency. */
  | { readonly kind: "amount"; readonly name: string; readonly label: string; readonly of: string }
  /** A day of the reader's zone, given to the API as a moment: `from` its begin, `before` the begin of the day after it. */
  | { readonly kind: "day"; readonly name: string; readonly label: string; readonly edge: "from" | "before" };

type ChoiceFilter = Filter & { kind: "choice" };
type Text = Readonly<Record<string, string>>;
type SetFilter = (name: string, value: string) => void;

/** This many choices stand in the bar; all else is behind one button. */
const IN_BAR = 2;
const chip = "inline-flex h-7 max-w-full items-center rounded-full border text-xs";
const on = "border-accent bg-accent-soft text-ink";
/** Where the screen is narrow, one row that goes sideways. Not positioned: the panel of the filters would be cut off by it. */
const row = "-m-1 flex items-center gap-1.5 overflow-x-auto p-1 *:flex-none sm:flex-wrap sm:overflow-visible sm:*:flex-initial";
const ring = "focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent";

export function FilterBar({ filters }: { filters: readonly Filter[] }) {
  const text = useQueryText();
  const setQuery = useSetQuery();
  const inBar = filters.filter((filter): filter is ChoiceFilter => filter.kind === "choice").slice(0, IN_BAR);
  const others = filters.filter((filter) => !inBar.includes(filter as ChoiceFilter));
  // Another filter makes another list: its pages begin anew.
  const put = (changes: Record<string, string | undefined>) =>
    setQuery({ ...changes, starting_after: undefined, ending_before: undefined });
  const cleared = (those: readonly Filter[]) => Object.fromEntries(those.map(({ name }) => [name, undefined]));
  // Amounts of the address are of its currency: in another one they would mean something else.
  const set: SetFilter = (name, value) =>
    put({ ...cleared(filters.filter((filter) => filter.kind === "amount" && filter.of === name)), [name]: value });
  const active = others.filter(({ name }) => text[name] !== undefined);
  const isAny = filters.some(({ name }) => text[name] !== undefined);
  return (
    <div role="search" aria-label="Filters" className="relative min-w-0 flex-auto">
      <div className={row}>
        {inBar.map((filter) => (
          <ChoiceChip key={filter.name} filter={filter} value={text[filter.name] ?? ""} set={set} />
        ))}
        {others.length > 0 && <More filters={others} text={text} set={set} />}
        {active.map((filter) => (
          <span key={filter.name} className={cx(chip, on, "pl-3")}>
            <span className="truncate">{`${filter.label}: ${wordsFor(filter, text)}`}</span>
            <Remove what={filter.label} onPress={() => set(filter.name, "")} />
          </span>
        ))}
        {isAny && (
          <Button kind="quiet" small onClick={() => put(cleared(filters))}>
            Clear
          </Button>
        )}
      </div>
    </div>
  );
}

/** The browser's own list of choices, laid over a chip: it works with every keyboard, reader and phone. */
function ChoiceChip({ filter, value, set }: { filter: ChoiceFilter; value: string; set: SetFilter }) {
  const { name, label, choices } = filter;
  const isOn = value !== "";
  const isKnown = !isOn || choices.some((choice) => choice.value === value);
  return (
    <span className={cx(chip, isOn ? on : "border-edge/60 bg-surface text-ink hover:bg-hover")}>
      <span className={cx("relative inline-flex h-full min-w-0 items-center gap-1 rounded-full pl-3", isOn ? "pr-1" : "pr-2.5", ring)}>
        <span aria-hidden="true" className="max-w-48 truncate">
          {isOn ? `${label}: ${wordsFor(filter, { [name]: value })}` : label}
        </span>
        {!isOn && <span aria-hidden="true">▾</span>}
        <select
          aria-label={label}
          className="absolute inset-0 w-full bg-surface text-sm text-ink opacity-0"
          value={value}
          onChange={(event) => set(name, event.target.value)}
        >
          <option value="">Any</option>
          {!isKnown && <option value={value}>{value}</option>}
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </select>
      </span>
      {isOn && <Remove what={label} onPress={() => set(name, "")} />}
    </span>
  );
}

function Remove({ what, onPress }: { what: string; onPress: () => void }) {
  return (
    <button
      type="button"
      className="relative mr-0.5 grid size-6 flex-none place-items-center rounded-full hover:bg-sunken"
      onClick={onPress}
    >
      <span aria-hidden="true">×</span>
      <span className="sr-only">Remove the filter {what}</span>
    </button>
  );
}

/** All filters that have no chip of their own. Escape, a press elsewhere and the way out by the keyboard close it. */
function More({ filters, text, set }: { filters: readonly Filter[]; text: Text; set: SetFilter }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    const press = (event: PointerEvent) => {
      if (root.current?.contains(event.target as Node) === true) return;
      // What was typed is taken when its field is left: that comes before the field goes.
      if (root.current?.contains(document.activeElement) === true) (document.activeElement as HTMLElement).blur();
      setOpen(false);
    };
    document.addEventListener("pointerdown", press);
    return () => document.removeEventListener("pointerdown", press);
  }, [isOpen]);
  const close = () => {
    button.current?.focus();
    setOpen(false);
  };
  const escape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !isOpen) return;
    event.stopPropagation();
    close();
  };
  const leave = ({ relatedTarget: to }: FocusEvent) => {
    if (to !== null && root.current?.contains(to as Node) === false) setOpen(false);
  };
  return (
    <div ref={root} onKeyDown={escape} onBlur={leave}>
      <button
        ref={button}
        type="button"
        aria-expanded={isOpen}
        className={cx(chip, "gap-1 border-edge/60 bg-surface px-2.5 text-ink hover:bg-hover")}
        onClick={() => (isOpen ? close() : setOpen(true))}
      >
        More filters <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <div
          role="group"
          aria-label="More filters"
          className="absolute inset-x-0 top-full z-30 mt-1.5 rounded-lg border border-line bg-surface p-3 shadow-float md:right-auto md:w-[30rem]"
        >
          <div className="grid grid-cols-2 items-start gap-3">
            {filters.map((filter) => (
              <FilterField key={filter.name} filter={filter} text={text} onChange={(value) => set(filter.name, value)} />
            ))}
          </div>
          <div className="mt-3 flex justify-end">
            <Button small onClick={close}>
              Done
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}

const dayWords = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });

/** What a filter is set to, for eyes. */
function wordsFor(filter: Filter, text: Text): string {
  const value = text[filter.name] ?? "";
  if (filter.kind === "choice") return filter.choices.find((choice) => choice.value === value)?.label ?? value;
  if (filter.kind === "day") {
    const day = dayOf(value, filter.edge);
    return day === null ? value : dayWords.format(day);
  }
  if (filter.kind !== "amount") return value;
  const currency = text[filter.of] ?? "";
  const isAmount = /^\d+$/.test(value) && exponentOf(currency) !== undefined;
  return isAmount ? showMoney(Number(value), currency) : `${value} minor units`;
}
