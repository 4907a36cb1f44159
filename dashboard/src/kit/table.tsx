/** A list as a table: rows are links, pages are keysets, columns can be hidden. The page of it is in the address (`useList`). */
import { columnVisibilityFeature, createColumnHelper, tableFeatures, useTable } from "@tanstack/react-table";
import { useCallback, useMemo, useState, type ReactNode } from "react";
import { cx } from "./cx.ts";
import { PAGE_SIZES } from "./data.ts";
import { FilterBar, type Filter } from "./filters.tsx";
import { PageLink } from "./link.tsx";
import { ColumnMenu, Pager } from "./table-foot.tsx";
import { useQueryText } from "./scope.ts";
import { Empty, ErrorState, Loading } from "./states.tsx";
import { useRowKeys } from "./row-keys.ts";
import { ViewsMenu } from "./views.tsx";

export interface Column<T> {
  /** Stands in the saved choice of columns: don't rename it. */
  readonly id: string;
  readonly header: string;
  readonly cell: (row: T) => ReactNode;
  /** Figures stand at the right. */
  readonly right?: boolean;
  /** Hidden until the reader asks for it. */
  readonly hidden?: boolean;
  /** Left out where the screen is narrow; the row's page has it. */
  readonly wide?: boolean;
  /** Takes a share of the width that is left, and is cut at its end: for text that may be long. */
  readonly fluid?: boolean;
}

interface TableProps<T extends { readonly id: string }> {
  /** Names the table, and the saved choice of its columns. */
  readonly name: string;
  readonly columns: readonly Column<T>[];
  /** What `useList` gave. */
  readonly list: {
    readonly rows: readonly T[] | undefined;
    readonly error: Error | null;
    readonly refetch: () => unknown;
    readonly isPlaceholderData?: boolean;
    readonly page?: { readonly has_more: boolean } | undefined;
    readonly limit?: number;
  };
  /** The page of a row, within merchant and mode; null: rows are no links. */
  readonly linkOf: ((row: T) => string) | null;
  /** Instead of an empty table. */
  readonly empty: ReactNode;
  /** Above the table; their state is the address, and can be saved as a view of this list. */
  readonly filters?: readonly Filter[];
  /** Above the table, beside the filters, e.g. a pill of what came meanwhile. */
  readonly above?: ReactNode;
  /** Without pages, and without the choice of columns unless something stands above: all rows are here. */
  readonly whole?: boolean;
}

const features = tableFeatures({ columnVisibilityFeature });

export function DataTable<T extends { readonly id: string }>(props: TableProps<T>) {
  const { name, columns, list, linkOf, filters, above, whole = false } = props;
  const [hidden, setHidden] = useHiddenColumns(name, columns);
  const { rows, error } = list;
  const isBarred = filters !== undefined || above !== undefined;
  const menu = <ColumnMenu columns={columns} hidden={hidden} onChange={setHidden} />;
  const failure = error !== null && <ErrorState error={error} onRetry={() => void list.refetch()} />;
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
      {failure}
      {rows === undefined && error === null && <Loading rows={10} />}
      {rows !== undefined &&
        (rows.length === 0 ? (
          <None filters={filters}>{props.empty}</None>
        ) : (
          <Grid {...{ name, columns, linkOf, hidden, rows }} isOld={list.isPlaceholderData === true} />
        ))}
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

interface GridProps<T extends { readonly id: string }> extends Pick<TableProps<T>, "name" | "columns" | "linkOf"> {
  readonly rows: readonly T[];
  readonly hidden: ReadonlySet<string>;
  /** Those of the page before, while the next one comes. */
  readonly isOld: boolean;
}

function Grid<T extends { readonly id: string }>({ name, columns, rows, linkOf, hidden, isOld }: GridProps<T>) {
  const made = useMemo(() => {
    const helper = createColumnHelper<typeof features, T>();
    return columns.map(({ id, header }) => helper.display({ id, header }));
  }, [columns]);
  const columnVisibility = useMemo(() => Object.fromEntries(columns.map(({ id }) => [id, !hidden.has(id)])), [columns, hidden]);
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable({ features, columns: made, data, getRowId: (row: T) => row.id, state: { columnVisibility } });
  const keys = useRowKeys();
  // Called, not made a component of: another page's render would make each cell anew, and take the focus from the button that is in it.
  const cells = new Map(columns.map(({ id, cell }) => [id, cell]));
  const looks = new Map(columns.map((column) => [column.id, cellLook(column)]));
  return (
    <div
      ref={keys}
      className={cx("max-h-[max(24rem,calc(100dvh-17rem))] overflow-auto -outline-offset-2", isOld && "opacity-60")}
      // Without links, arrows are the keyboard's only way to what is out of sight.
      {...(linkOf === null ? { tabIndex: 0, role: "group", "aria-label": `${name}, to scroll` } : { tabIndex: -1 })}
    >
      <table className="w-full border-separate border-spacing-0 text-xs sm:text-sm" aria-label={name}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <th key={header.id} scope="col" className={cx(looks.get(header.column.id), headLook)}>
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id} data-row={row.id} className="relative focus-within:bg-accent-soft hover:bg-hover">
              {row.getVisibleCells().map((cell, at) => (
                <td key={cell.id} className={cx(looks.get(cell.column.id), "h-10 border-b border-line [tr:last-child>&]:border-b-0")}>
                  <RowLink to={at === 0 && linkOf !== null ? linkOf(row.original) : null}>
                    {cells.get(cell.column.id)?.(row.original)}
                  </RowLink>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The link lies over the whole row, so that a row opens in a new tab like any link; what can be pressed in it lies above (`relative z-[1]`). */
function RowLink({ to, children }: { to: string | null; children: ReactNode }) {
  if (to === null) return children;
  return (
    <PageLink
      to={to}
      data-row-link=""
      className="after:absolute after:inset-0 after:content-[''] focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
    >
      {children}
    </PageLink>
  );
}

const headLook = "sticky top-0 z-10 h-9 border-b border-line bg-ground text-xs font-medium text-muted";

function cellLook<T>(column: Column<T>): string {
  return cx(
    "px-2 sm:px-3 first:pl-4 last:pr-4 whitespace-nowrap",
    column.right === true ? "text-right" : "text-left",
    column.wide === true && "hidden md:table-cell",
    // A cell of the body has no width of its own, so the column gets a share of the rest; the head keeps it from nothing.
    column.fluid === true && "w-1/4 min-w-28 [td&]:max-w-0 [td&]:truncate",
  );
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
