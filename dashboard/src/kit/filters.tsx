/** Filters of a list. Their state is the address, so that it can be kept, sent and gone back to. */
import { useEffect, useState } from "react";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";
import type { Choice } from "./field.tsx";
import { useQueryText, useSetQuery } from "./scope.ts";

export type Filter =
  /** One of some values. */
  | { readonly kind: "choice"; readonly name: string; readonly label: string; readonly choices: readonly Choice[] }
  /** Text that is taken by Enter or by leaving it. */
  | { readonly kind: "text"; readonly name: string; readonly label: string; readonly placeholder?: string }
  /** A day of the reader's zone, given to the API as a moment: `from` its begin, `before` the begin of the day after it. */
  | { readonly kind: "day"; readonly name: string; readonly label: string; readonly edge: "from" | "before" };

const look = "h-8 rounded-md border bg-surface px-2 text-sm text-ink";

export function FilterBar({ filters }: { filters: readonly Filter[] }) {
  const text = useQueryText();
  const setQuery = useSetQuery();
  // Another filter makes another list: its pages begin anew.
  const set = (name: string, value: string) => setQuery({ [name]: value, starting_after: undefined, ending_before: undefined });
  const isAny = filters.some(({ name }) => text[name] !== undefined);
  const clear = () =>
    setQuery({ ...Object.fromEntries(filters.map(({ name }) => [name, undefined])), starting_after: undefined, ending_before: undefined });
  return (
    <div role="search" aria-label="Filters" className="mb-3 flex flex-wrap items-end gap-2">
      {filters.map((filter) => (
        <label key={filter.name} className="block max-w-full text-xs text-muted">
          <span className="mb-0.5 block">{filter.label}</span>
          <FilterInput filter={filter} value={text[filter.name] ?? ""} onChange={(value) => set(filter.name, value)} />
        </label>
      ))}
      {isAny && (
        <Button kind="quiet" onClick={clear}>
          Clear
        </Button>
      )}
    </div>
  );
}

function FilterInput({ filter, value, onChange }: { filter: Filter; value: string; onChange: (value: string) => void }) {
  const edge = cx(look, value === "" ? "border-edge" : "border-accent bg-accent-soft");
  if (filter.kind === "text") return <TextInput filter={filter} value={value} onChange={onChange} look={edge} />;
  if (filter.kind === "day")
    return (
      <input
        type="date"
        className={edge}
        value={dayOf(value, filter.edge)}
        onChange={(event) => onChange(momentOf(event.target.value, filter.edge))}
      />
    );
  const isKnown = value === "" || filter.choices.some((choice) => choice.value === value);
  return (
    <select className={cx(edge, "max-w-48")} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">Any</option>
      {!isKnown && <option value={value}>{value}</option>}
      {filter.choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

function TextInput({
  filter,
  value,
  onChange,
  look: edge,
}: {
  filter: Filter & { kind: "text" };
  value: string;
  onChange: (value: string) => void;
  look: string;
}) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const take = () => typed.trim() !== value && onChange(typed.trim());
  return (
    <input
      className={cx(edge, "w-44 max-w-full")}
      value={typed}
      placeholder={filter.placeholder}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take()}
    />
  );
}

/** The day that a moment of the address stands for, as `YYYY-MM-DD` of the reader's zone. */
function dayOf(moment: string, edge: "from" | "before"): string {
  const date = new Date(moment);
  if (moment === "" || Number.isNaN(date.getTime())) return "";
  if (edge === "before") date.setMilliseconds(-1);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function momentOf(day: string, edge: "from" | "before"): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  // By the calendar, not by 24 hours: some days have 23 or 25.
  return day === "" ? "" : new Date(year, month - 1, edge === "from" ? date : date + 1).toISOString();
}
