/** What pages are laid out with. */
import { Fragment, useEffect, type ReactNode } from "react";
import { cx } from "./cx.ts";
import { PageLink } from "./link.tsx";

interface HeaderProps {
  readonly title: string;
  /** Beside the title, such as a state. */
  readonly badge?: ReactNode;
  /** Below it, such as the id. */
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  /** The list that it is of. */
  readonly back?: { readonly to: string; readonly label: string };
}

/** The page's one heading. It is the title of the browser's tab as well. */
export function PageHeader({ title, badge, about, actions, back }: HeaderProps) {
  useEffect(() => {
    document.title = `${title} · Tillway`;
  }, [title]);
  return (
    <header className="mb-4 flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
      <div className="min-w-0">
        {back !== undefined && (
          <PageLink to={back.to} className="mb-1 inline-block text-xs text-muted hover:text-ink hover:underline">
            <span aria-hidden="true">← </span>
            {back.label}
          </PageLink>
        )}
        <div className="flex flex-wrap items-center gap-2">
          <h1 className="money text-xl font-semibold tracking-tight break-words">{title}</h1>
          {badge}
        </div>
        {about !== undefined && <div className="mt-0.5 text-sm text-muted">{about}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

/** A table without a title or filters above it has the frame's corners itself. */
const frameless = "[&:first-child>div>div:first-child]:rounded-t-[7px]";

/** A framed part of a page. `flush`: what is in it comes to the frame, such as a table. */
export function Section({
  title,
  actions,
  flush = false,
  children,
  className,
}: {
  title?: string;
  actions?: ReactNode;
  flush?: boolean;
  children: ReactNode;
  className?: string;
}) {
  return (
    <section aria-label={title} className={cx("min-w-0 rounded-lg border border-line bg-surface", className)}>
      {(title !== undefined || actions !== undefined) && (
        <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
          {title !== undefined && <h2 className="text-base font-semibold">{title}</h2>}
          {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </div>
      )}
      <div className={flush ? frameless : "p-4"}>{children}</div>
    </section>
  );
}

/** Names and values, side by side where there is room. */
export function DescriptionList({ items }: { items: readonly (readonly [name: string, value: ReactNode] | null | false)[] }) {
  const shown = items.filter((item) => item !== null && item !== false);
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)] gap-x-4 gap-y-1 text-sm sm:grid-cols-[minmax(7rem,11rem)_minmax(0,1fr)] sm:gap-y-2">
      {shown.map(([name, value]) => (
        <Fragment key={name}>
          <dt className="text-muted">{name}</dt>
          <dd className="mb-2 min-w-0 break-words sm:mb-0">{value ?? "–"}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** JSON as it is, for people who look closely. Text: nothing in it is run or linked. */
export function JsonView({ value, label = "JSON" }: { value: unknown; label?: string }) {
  return (
    <pre
      tabIndex={0}
      aria-label={label}
      className="max-h-96 overflow-auto rounded-md border border-line bg-sunken p-3 font-mono text-xs leading-5"
    >
      {typeof value === "string" ? pretty(value) : JSON.stringify(value, null, 2)}
    </pre>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** One figure with its name. */
export function Figure({ name, value, note }: { name: string; value: ReactNode; note?: ReactNode }) {
  return (
    <div className="min-w-0 rounded-lg border border-line bg-surface px-4 py-3">
      <p className="text-xs text-muted">{name}</p>
      <p className="figures mt-1 text-lg font-semibold break-words [&_.money]:whitespace-normal">{value}</p>
      {note !== undefined && <div className="mt-1 text-xs text-muted">{note}</div>}
    </div>
  );
}
