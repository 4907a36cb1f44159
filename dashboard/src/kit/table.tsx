/** A list as a table: rows are links, pages are keysets, columns can be hidden. The page of it is in the address (`useList`). */
import { useCallback, useState, type ReactNode } from "react";
import { PAGE_SIZES } from "./data.ts";
import { FilterBar, type Filter } from "./filters.tsx";
import { RowTable, type Column, type RowTableProps } from "./row-table.tsx";
import { useQueryText } from "./scope.ts";
import { Empty } from "./states.tsx";
import { ColumnMenu, Pager } from "./table-foot.tsx";
import { ViewsMenu } from "./views.tsx";

export type { Column };

interface TableProps<T extends { readonly id: string }> extends RowTableProps<T> {
  /** Names the table, and the saved choice of its columns. */
  readonly name: string;
  /** What `useList` gave. */
  readonly list: RowTableProps<T>["list"] & {
    readonly page?: { readonly has_more: boolean } | undefined;
    readonly limit?: number;
  };
  /** Above the table; their state is the address, and can be saved as a view of this list. */
  readonly filters?: readonly Filter[];
  /** Above the table, beside the filters, e.g. a pill of what came meanwhile. */
  readonly above?: ReactNode;
  /** Without pages, and without the choice of columns unless something stands above: all rows are here. */
  readonly whole?: boolean;
}

export function DataTable<T extends { readonly id: string }>(props: TableProps<T>) {
  const { name, columns, list, linkOf, empty, filters, above, whole = false } = props;
  const [hidden, setHidden] = useHiddenColumns(name, columns);
  const { rows } = list;
  const isBarred = filters !== undefined || above !== undefined;
  const menu = <ColumnMenu columns={columns} hidden={hidden} onChange={setHidden} />;
  const shown = columns.filter(({ id }) => !hidden.has(id));
  return (
    <div>
      {isBarred && (
        <div className="flex min-h-11 flex-wrap items-center gap-2 border-b border-line px-4 py-1.5">
          {filters !== undefined && <FilterBar filters={filters} />}
          <div className="flex items-center gap-2 text-sm empty:hidden">{above}</div>
          <div className="ml-auto flex items-center">
            {filters !== undefined && <ViewsMenu fields={filters.map((filter) => filter.name)} />}
            <div className="hidden sm:block">{menu}</div>
          </div>
        </div>
      )}
      <RowTable {...{ name, columns: shown, list, linkOf }} empty={<None filters={filters}>{empty}</None>} />
      {rows !== undefined && !whole && (
        <Pager rows={rows} hasMore={list.page?.has_more ?? false} limit={list.limit ?? PAGE_SIZES[0]} menu={isBarred ? null : menu} />
      )}
    </div>
  );
}

/** Nothing may be there, or nothing of what was asked for: to say how to make the first one would be wrong then. */
function None({ filters = [], children }: { filters: readonly Filter[] | undefined; children: ReactNode }) {
  const text = useQueryText();
  const isFiltered = filters.some(({ name }) => text[name] !== undefined);
  return isFiltered ? <Empty title="Nothing fits these filters">Change or clear one of them, or search above.</Empty> : children;
}

/** Remembered by this browser, for each table. */
function useHiddenColumns<T>(name: string, columns: readonly Column<T>[]) {
  const place = `tillway.columns.${name}`;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => {
    const saved = localStorage.getItem(place);
    return new Set(saved === null ? columns.filter((column) => column.hidden === true).map(({ id }) => id) : saved.split(" "));
  });
  const change = useCallback(
    (next: ReadonlySet<string>) => {
      localStorage.setItem(place, [...next].join(" "));
      setHidden(next);
    },
    [place],
  );
  return [hidden, change] as const;
}
