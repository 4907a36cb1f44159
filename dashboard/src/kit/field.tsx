/** Fields with a label, a hint and what is wrong, tied together for people who read by ear. */
import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from "react";
import { cx } from "./cx.ts";

interface Common {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | null;
  /** The label is for readers by ear only: what stands around says it to the others. */
  readonly hideLabel?: boolean;
}

const look = "w-full rounded-md border border-edge bg-surface px-2.5 text-ink";

function Frame({ id, label, hint, error, hideLabel = false, children }: Common & { id: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <label htmlFor={id} className={hideLabel ? "sr-only" : "mb-1 block text-sm font-medium"}>
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="mt-1 text-xs text-muted">
          {hint}
        </p>
      )}
      {error !== undefined && error !== null && (
        <p id={`${id}-error`} className="mt-1 text-xs text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

function described(id: string, { hint, error }: Common) {
  const isWrong = error !== undefined && error !== null;
  const ids = [isWrong && `${id}-error`, hint !== undefined && `${id}-hint`].filter(Boolean).join(" ");
  return { id, "aria-invalid": isWrong || undefined, "aria-describedby": ids === "" ? undefined : ids };
}

export function Field({ label, hint, error, hideLabel, className, ...rest }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, error, hideLabel }}>
      <input {...rest} {...described(id, { label, hint, error })} className={cx(look, "h-8 text-sm", className)} />
    </Frame>
  );
}

export function TextArea({ label, hint, error, hideLabel, className, ...rest }: Common & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, error, hideLabel }}>
      <textarea rows={3} {...rest} {...described(id, { label, hint, error })} className={cx(look, "py-1.5 text-sm", className)} />
    </Frame>
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly disabled?: boolean;
}

/** The browser's own: it works with every keyboard, reader and phone. */
export function Select({
  label,
  hint,
  error,
  hideLabel,
  choices,
  className,
  ...rest
}: Common & { choices: readonly Choice[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <Frame {...{ id, label, hint, error, hideLabel }}>
      <select {...rest} {...described(id, { label, hint, error })} className={cx(look, "h-8 pr-1 text-sm", className)}>
        {choices.map(({ value, label: text, disabled }) => (
          <option key={value} value={value} disabled={disabled}>
            {text}
          </option>
        ))}
      </select>
    </Frame>
  );
}

export function Checkbox({ label, hint, className, ...rest }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className={cx("flex min-h-6 items-start gap-2", className)}>
      <input {...rest} {...described(id, { label, hint })} type="checkbox" className="mt-0.5 size-4 accent-accent" />
      <div>
        <label htmlFor={id} className="text-sm">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-xs text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
