/** What a page shows while there is nothing to show: none yet, not there yet, and what went wrong. */
import type { ReactNode } from "react";
import { ApiError } from "./api.ts";
import { Button } from "./button.tsx";
import { CopyId } from "./copy.tsx";

/** Nothing is there: say what would be here, and what to do for it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="px-4 py-12 text-center">
      <p className="text-base font-medium">{title}</p>
      {children !== undefined && <div className="mx-auto mt-1 max-w-prose text-sm text-muted">{children}</div>}
      {action !== undefined && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}

/** As high as what will be there, so that nothing jumps. */
export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <div role="status" className="space-y-3 px-4 py-4">
      <span className="sr-only">Loading</span>
      {Array.from({ length: rows }, (_none, at) => (
        <div key={at} className="h-4 animate-pulse rounded bg-sunken" />
      ))}
    </div>
  );
}

/** In place of what could not be read. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div className="px-4 py-8">
      <ErrorNote error={error} {...(onRetry === undefined ? {} : { onRetry })} />
    </div>
  );
}

interface NoteProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** Names of those that say themselves what is wrong with them: the note does not repeat it. */
  readonly fields?: readonly string[];
}

/** Beside a form or a button: what was refused, its code, and the id to ask with. */
export function ErrorNote({ error, onRetry, fields = [] }: NoteProps) {
  const api = error instanceof ApiError ? error : null;
  const isSaid = typeof api?.param === "string" && fields.includes(api.param);
  // A refusal names one field, the first that is wrong.
  const message = isSaid ? "One field above was refused: nothing was saved." : error instanceof Error ? error.message : String(error);
  return (
    <div role="alert" className="rounded-md border border-bad/40 bg-bad-soft px-3 py-2 text-sm">
      <p className="text-ink">{message}</p>
      <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-ink">
        {api !== null &&
          (api.docUrl === null ? (
            <code className="font-mono">{api.code}</code>
          ) : (
            <a className="font-mono underline" href={api.docUrl} target="_blank" rel="noreferrer">
              {api.code}
            </a>
          ))}
        {typeof api?.requestId === "string" && <CopyId id={api.requestId} />}
        {onRetry !== undefined && (
          <Button small onClick={onRetry}>
            Try again
          </Button>
        )}
      </p>
    </div>
  );
}

interface Read<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

/** Loading, the error, or what `children` make of the data: for everything that `useApi` reads. */
export function Loaded<T>({ of, rows, children }: { of: Read<T>; rows?: number; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return children(of.data);
  if (of.error !== null) return <ErrorState error={of.error} onRetry={() => void of.refetch()} />;
  return <Loading {...(rows === undefined ? {} : { rows })} />;
}
