/**
 * Dialogs on the browser's own <dialog>: it keeps the focus inside, closes by Escape, gives the focus back, and needs no style of its own in
 * the document, which the page's policy would refuse.
 */
import { useEffect, useId, useRef, type ReactNode } from "react";
import { Button } from "./button.tsx";
import { openerNow } from "./focus.ts";
import { ErrorNote } from "./states.tsx";

const FIELD = "input:not(:disabled, [type='radio']:not(:checked)), select, textarea";

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  /** Buttons, the one that does it last. */
  readonly actions?: ReactNode;
  readonly wide?: boolean;
  /** From the right edge in full height, for details beside a list. */
  readonly drawer?: boolean;
}

export function Dialog(props: DialogProps) {
  // Made anew each time, so that what was typed into one that was closed is gone.
  return props.open ? <OpenDialog {...props} /> : null;
}

function OpenDialog({ onClose, title, children, actions, wide = false, drawer = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const opener = openerNow();
    const dialog = ref.current;
    dialog?.showModal();
    // Not to the button that closes it, which is the first: to what one came for.
    dialog?.querySelector<HTMLElement>(FIELD)?.focus();
    return () => {
      dialog?.close();
      // It leaves the document before the browser gives the focus back.
      if (opener?.isConnected === true) opener.focus();
    };
  }, []);
  const place = drawer
    ? "my-0 mr-0 ml-auto h-dvh max-h-none w-full max-w-xl border-l"
    : `m-auto w-[calc(100%-2rem)] max-h-[calc(100dvh-2rem)] rounded-lg border ${wide ? "max-w-3xl" : "max-w-md"}`;
  return (
    <dialog
      ref={ref}
      aria-labelledby={heading}
      className={`${place} overflow-hidden border-line bg-surface p-0 text-ink shadow-float`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className={`flex flex-col ${drawer ? "h-dvh" : "max-h-[calc(100dvh-2rem)]"}`}>
        <header className="flex items-center justify-between gap-4 border-b border-line px-4 py-3">
          <h2 id={heading} className="text-lg font-semibold">
            {title}
          </h2>
          <Button kind="quiet" small onClick={onClose} aria-label="Close">
            ✕
          </Button>
        </header>
        <div className="min-h-0 flex-auto overflow-y-auto px-4 py-4" tabIndex={-1}>
          {children}
        </div>
        {actions !== undefined && (
          <footer className="flex flex-wrap justify-end gap-2 border-t border-line bg-ground px-4 py-3">{actions}</footer>
        )}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** Verb and object: "Cancel payment pay_1?" */
  readonly title: string;
  /** What will be so afterwards, and whether it can be undone. */
  readonly effect: ReactNode;
  /** The verb on the button: "Cancel payment", never "OK". */
  readonly verb: string;
  readonly onConfirm: () => void;
  /** On the button that leaves: "Close" for what goes on all the same. */
  readonly back?: string;
  readonly busy?: boolean;
  readonly error?: unknown;
  /** Names of those that say themselves what is wrong with them. */
  readonly fields?: readonly string[];
  readonly danger?: boolean;
  /** Fields, such as a reason. */
  readonly children?: ReactNode;
  /** Why it can't be confirmed yet. */
  readonly why?: string | null;
}

/** Names the object and the effect of what is about to be done. */
export function ConfirmDialog({
  open,
  onClose,
  title,
  effect,
  verb,
  onConfirm,
  back = "Back",
  busy = false,
  error,
  fields = [],
  danger = false,
  children,
  why = null,
}: ConfirmProps) {
  const actions = (
    <>
      <Button onClick={onClose}>{back}</Button>
      <Button kind={danger ? "danger" : "primary"} busy={busy} why={why} onClick={onConfirm}>
        {verb}
      </Button>
    </>
  );
  return (
    <Dialog {...{ open, onClose, title, actions }}>
      <div className="space-y-4 text-sm">
        <div>{effect}</div>
        {children}
        {error !== undefined && error !== null && <ErrorNote error={error} fields={fields} />}
      </div>
    </Dialog>
  );
}
