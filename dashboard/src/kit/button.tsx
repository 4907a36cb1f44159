/** A button. With `why` it is off, stays in the order of the keyboard, and says why. */
import { useId, type ButtonHTMLAttributes, type MouseEvent } from "react";
import { cx } from "./cx.ts";

const kinds = {
  plain: "border border-edge/60 bg-surface text-ink hover:bg-hover",
  primary: "border border-transparent bg-accent text-on-accent hover:bg-accent-strong",
  danger: "border border-transparent bg-bad-strong text-on-accent hover:opacity-90",
  quiet: "border border-transparent text-ink hover:bg-sunken",
} as const;

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: keyof typeof kinds;
  readonly small?: boolean;
  /** Being done: it takes no second press. */
  readonly busy?: boolean;
  /** Why it is off, for people. */
  readonly why?: string | null;
}

export const buttonLook = (kind: keyof typeof kinds = "plain", small = false) =>
  cx(
    "inline-flex items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap select-none",
    small ? "h-7 px-2 text-xs" : "h-8 px-3 text-sm",
    kinds[kind],
  );

export function Button({ kind, small, busy = false, why = null, disabled, className, onClick, children, ...rest }: ButtonProps) {
  const reason = useId();
  const isOff = disabled === true || busy || why !== null;
  const press = (event: MouseEvent<HTMLButtonElement>) => (isOff ? event.preventDefault() : onClick?.(event));
  return (
    <>
      <button
        type="button"
        {...rest}
        className={cx(buttonLook(kind, small), isOff && "opacity-60", className)}
        aria-disabled={isOff || undefined}
        aria-busy={busy || undefined}
        aria-describedby={why === null ? rest["aria-describedby"] : reason}
        title={why ?? rest.title}
        onClick={press}
      >
        {children}
      </button>
      {why !== null && (
        <span id={reason} className="sr-only">
          {why}
        </span>
      )}
    </>
  );
}
