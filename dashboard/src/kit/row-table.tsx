/** Rows as a table: each is a link. What is wrong with them, and that they come, stands in their place. A list with pages and filters is `DataTable`. */
import type { ReactNode } from "react";
import { cx } from "./cx.ts";
import { PageLink } from "./link.tsx";
import { useRowKeys } from "./row-keys.ts";
import { ErrorState, Loading } from "./states.tsx";

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

export interface RowTableProps<T extends { readonly id: string }> {
  /** Names the table. */
  readonly name: string;
  readonly columns: readonly Column<T>[];
  readonly list: {
    readonly rows: readonly T[] | undefined;
    readonly error: Error | null;
    readonly refetch: () => unknown;
    /** Rows of the page before, while the next one comes. */
    readonly isPlaceholderData?: boolean;
  };
  /** The page of a row, within merchant and mode; null: rows are no links. */
  readonly linkOf: ((row: T) => string) | null;
  /** Instead of an empty table. */
  readonly empty: ReactNode;
}

export function RowTable<T extends { readonly id: string }>(props: RowTableProps<T>) {
  const { rows, error, refetch } = props.list;
  return (
    <>
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {rows === undefined && error === null && <Loading rows={10} />}
      {rows !== undefined &&
        (rows.length === 0 ? props.empty : <Grid {...props} rows={rows} isOld={props.list.isPlaceholderData === true} />)}
    </>
  );
}

interface GridProps<T extends { readonly id: string }> extends Pick<RowTableProps<T>, "name" | "columns" | "linkOf"> {
  readonly rows: readonly T[];
  readonly isOld: boolean;
}

function Grid<T extends { readonly id: string }>({ name, columns, rows, linkOf, isOld }: GridProps<T>) {
  const keys = useRowKeys();
  const shown = columns.map((column) => ({ ...column, look: cellLook(column) }));
  return (
    <div
      ref={keys}
      className={cx("max-h-[max(24rem,calc(100dvh-17rem))] overflow-auto -outline-offset-2", isOld && "opacity-60")}
      // Without links, arrows are the keyboard's only way to what is out of sight.
      {...(linkOf === null ? { tabIndex: 0, role: "group", "aria-label": `${name}, to scroll` } : { tabIndex: -1 })}
    >
      <table className="w-full border-separate border-spacing-0 text-xs sm:text-sm" aria-label={name}>
        <thead>
          <tr>
            {shown.map(({ id, header, look }) => (
              <th key={id} scope="col" className={cx(look, headLook)}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-row={row.id} className="relative focus-within:bg-accent-soft hover:bg-hover">
              {shown.map(({ id, cell, look }, at) => (
                <td key={id} className={cx(look, "h-10 border-b border-line [tr:last-child>&]:border-b-0")}>
                  {/* Called, not made a component of: another page's render would make each cell anew, and take the focus from the button that is in it. */}
                  <RowLink to={at === 0 && linkOf !== null ? linkOf(row) : null}>{cell(row)}</RowLink>
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
