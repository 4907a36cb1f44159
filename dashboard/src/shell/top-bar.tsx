/** The bar above each page: the way to the menu, the search box, test or live, whether it is live, and who is signed in. */
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { Button } from "../kit/button.tsx";
import { cx } from "../kit/cx.ts";
import { LiveSwitch } from "../kit/live.tsx";
import { useScope } from "../kit/scope.ts";
import { PersonMenu } from "./person-menu.tsx";
import { SearchBox } from "./search-box.tsx";

export function TopBar({ onMenu }: { onMenu: () => void }) {
  const { mode } = useScope();
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-surface">
      {mode === "test" && <p className="bg-warn-soft px-4 py-0.5 text-center text-xs font-medium text-warn">Test mode: no money moves</p>}
      <div className="flex h-12 items-center gap-2 px-4 nav:px-6">
        <Button kind="quiet" className="-ml-2 nav:hidden" aria-label="Menu" onClick={onMenu}>
          ☰
        </Button>
        <SearchBox />
        <div className="ml-auto flex items-center gap-1">
          <LiveSwitch />
          <ModeSwitch />
          <PersonMenu />
        </div>
      </div>
    </header>
  );
}

/** Stays at the kind of page, without the id of a thing that the other mode does not have. */
function ModeSwitch() {
  const { merchant, mode } = useScope();
  const navigate = useNavigate();
  const place = useRouterState({ select: (state) => state.location.pathname.split("/")[3] });
  const go = (next: "test" | "live") =>
    void navigate({ to: `/${merchant}/${next}/${place === undefined || place === "" ? "home" : place}` as never });
  return (
    <div role="group" aria-label="Mode" className="flex rounded-md border border-line p-0.5">
      {(["test", "live"] as const).map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === mode}
          className={cx(
            "rounded px-2 py-0.5 text-xs capitalize",
            one === mode ? "bg-sunken font-medium text-ink" : "text-muted hover:text-ink",
          )}
          onClick={() => go(one)}
        >
          {one}
        </button>
      ))}
    </div>
  );
}
