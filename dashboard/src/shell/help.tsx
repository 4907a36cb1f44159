/** What keys do; `?` shows it. */
import { useEffect, useState } from "react";
import { Dialog } from "../kit/dialog.tsx";
import { isTyping } from "../kit/keys.ts";

const SHOW = "tillway:help";

export function showHelp(): void {
  dispatchEvent(new Event(SHOW));
}

const keys = [
  ["/", "Search"],
  ["j", "Next row of a list"],
  ["k", "Row before"],
  ["Enter", "Open the row"],
  ["Esc", "Close a dialog, leave the search"],
  ["?", "This help"],
] as const;

export function HelpDialog() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const show = () => setOpen(true);
    const press = (event: KeyboardEvent) => event.key === "?" && !isTyping(event) && show();
    document.addEventListener("keydown", press);
    addEventListener(SHOW, show);
    return () => {
      document.removeEventListener("keydown", press);
      removeEventListener(SHOW, show);
    };
  }, []);
  return (
    <Dialog open={open} onClose={() => setOpen(false)} title="Keyboard shortcuts">
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-2 text-sm">
        {keys.map(([key, words]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded border border-edge/60 bg-sunken px-1.5 py-0.5 font-mono text-xs">{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
