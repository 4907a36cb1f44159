/** What stands around a table: the choice of columns, and the way to the other pages. */
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { PAGE_SIZES } from "./data.ts";
import { DropdownMenu, MenuCheck } from "./menu.tsx";
import { useQueryText, useSetQuery } from "./scope.ts";
import { zone, zoneName } from "./time.tsx";

interface ColumnMenuProps {
  readonly columns: readonly { readonly id: string; readonly header: string }[];
  readonly hidden: ReadonlySet<string>;
  readonly onChange: (hidden: ReadonlySet<string>) => void;
}

/** The first column is the link of the row and always there. */
export function ColumnMenu({ columns, hidden, onChange }: ColumnMenuProps) {
  const set = (id: string, isShown: boolean) => {
    const next = new Set(hidden);
    if (isShown) next.delete(id);
    else next.add(id);
    onChange(next);
  };
  return (
    <DropdownMenu trigger="Columns" look="h-7 rounded px-2 text-xs text-muted hover:bg-sunken hover:text-ink">
      {columns.slice(1).map(({ id, header }) => (
        <MenuCheck key={id} checked={!hidden.has(id)} onChange={(isShown) => set(id, isShown)}>
          {header}
        </MenuCheck>
      ))}
    </DropdownMenu>
  );
}

interface PagerProps {
  readonly rows: readonly { readonly id: string }[];
  readonly hasMore: boolean;
  readonly limit: number;
  /** The choice of columns, where nothing stands above the table. */
  readonly menu: ReactNode;
}

/** Keyset pages: the address names the row before or after. */
export function Pager({ rows, hasMore, limit, menu }: PagerProps) {
  const text = useQueryText();
  const setQuery = useSetQuery();
  const isBackward = text["ending_before"] !== undefined;
  const isFirst = text["starting_after"] === undefined && !isBackward;
  const hasNewer = !isFirst && (!isBackward || hasMore);
  const hasOlder = isBackward || hasMore;
  const newer = () => setQuery({ ending_before: rows[0]?.id, starting_after: undefined });
  const older = () => setQuery({ starting_after: rows.at(-1)?.id, ending_before: undefined });
  return (
    <nav aria-label="Pages" className="flex flex-wrap items-center justify-between gap-2 border-t border-line px-4 py-2 text-xs text-muted">
      <label className="flex items-center gap-2">
        Rows
        <select
          value={limit}
          className="h-7 rounded-md border border-edge bg-surface px-1 text-ink"
          onChange={(event) => setQuery({ limit: event.target.value, starting_after: undefined, ending_before: undefined })}
        >
          {PAGE_SIZES.map((size) => (
            <option key={size}>{size}</option>
          ))}
        </select>
      </label>
      <span title={`Times are in your own zone, ${zone}`} className="mr-auto hidden pl-2 sm:inline">
        Times in {zoneName}
      </span>
      <span className="flex items-center gap-2">
        {menu}
        {!isFirst && (
          <Button small onClick={() => setQuery({ starting_after: undefined, ending_before: undefined })}>
            Newest
          </Button>
        )}
        <Button small disabled={!hasNewer} onClick={newer}>
          ← Newer
        </Button>
        <Button small disabled={!hasOlder} onClick={older}>
          Older →
        </Button>
      </span>
    </nav>
  );
}
