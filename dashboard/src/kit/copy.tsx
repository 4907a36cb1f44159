/** An id or another text that is copied by a press. */
import { useEffect, useState } from "react";
import { cx } from "./cx.ts";
import { announce } from "./toast.tsx";

/** How long it says that it was copied. */
const SAID_MS = 1_500;

/** @param short shows the head only; the whole is copied and in the title */
export function CopyId({ id, short = false, className }: { id: string; short?: boolean; className?: string }) {
  const { done, copy } = useCopy(id);
  const shown = short && id.length > 16 ? `${id.slice(0, 14)}…` : id;
  return (
    <button
      type="button"
      title={`Copy ${id}`}
      className={cx("inline-flex max-w-full items-center gap-1 rounded font-mono text-xs hover:underline", className)}
      onClick={(event) => {
        event.preventDefault();
        event.stopPropagation();
        copy();
      }}
    >
      <span className="truncate">{shown}</span>
      <span aria-hidden="true" className="shrink-0 text-muted">
        {done ? "✓" : <Sheets />}
      </span>
    </button>
  );
}

/** Two sheets: few fonts have a sign for it. */
function Sheets() {
  return (
    <svg viewBox="0 0 12 12" className="size-3" fill="none" stroke="currentColor">
      <rect x="1" y="1" width="7" height="7" rx="1" />
      <rect x="4" y="4" width="7" height="7" rx="1" />
    </svg>
  );
}

/** A block of text to be pasted elsewhere, such as a command. */
export function CopyBlock({ text, label }: { text: string; label: string }) {
  const { done, copy } = useCopy(text);
  return (
    <div className="relative min-w-0">
      <pre
        tabIndex={0}
        aria-label={label}
        className="overflow-x-auto rounded-md border border-line bg-sunken p-3 pr-20 font-mono text-xs leading-5"
      >
        {text}
      </pre>
      <button type="button" className="absolute top-2 right-2 rounded border border-edge/60 bg-surface px-2 py-1 text-xs" onClick={copy}>
        {done ? "Copied" : "Copy"}
      </button>
    </div>
  );
}

function useCopy(text: string) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => {
        setDone(true);
        announce("Copied");
      },
      () => announce("Your browser did not allow copying"),
    );
  return { done, copy };
}
