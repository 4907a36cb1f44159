/** The navigation: a column at the left, a drawer where the screen is narrow. */
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { usePageAddress } from "../kit/link.tsx";
import { useMay } from "../kit/session.tsx";
import { pages, type Group, type PageRoute } from "../routes.tsx";
import { cx } from "../kit/cx.ts";
import { MerchantMenu } from "./merchant-menu.tsx";

const groups: readonly Group[] = ["Money", "Webhooks", "Gateways", "Operations", "Figures", "Administration"];

export function Navigation({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <>
      <div className="sticky top-0 hidden h-dvh flex-col overflow-y-auto border-r border-line bg-surface px-2 py-3 nav:flex">
        <Content />
      </div>
      {isOpen && <Drawer onClose={onClose} />}
    </>
  );
}

function Drawer({ onClose }: { onClose: () => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => ref.current?.showModal(), []);
  return (
    <dialog
      ref={ref}
      aria-label="Menu"
      className="my-0 mr-auto ml-0 h-dvh max-h-none w-64 max-w-[85vw] border-r border-line bg-surface px-2 py-3 text-ink shadow-float"
      onClose={onClose}
      // Beside it, or on a link: also one to the page that is shown already.
      onClick={({ target, currentTarget }) => (target === currentTarget || (target as Element).closest("a") !== null) && onClose()}
    >
      <Content />
    </dialog>
  );
}

function Content() {
  return (
    <>
      <MerchantMenu />
      <nav aria-label="Main" className="mt-3">
        {groups.map((group) => {
          const shown = pages.filter((page) => page.group === group);
          if (shown.length === 0) return null;
          return (
            <div key={group} className="mb-3">
              {group !== "Money" && <p className="px-2 pb-1 text-xs font-medium text-muted">{group}</p>}
              <ul>
                {shown.map((page) => (
                  <Item key={page.path} page={page} />
                ))}
              </ul>
            </div>
          );
        })}
      </nav>
    </>
  );
}

const look = "block rounded-md px-2 py-1.5 text-sm";

function Item({ page }: { page: PageRoute }) {
  const address = usePageAddress();
  const { why } = useMay(page.permission ?? "payments.read");
  if (why !== null)
    return (
      <li>
        <span className={cx(look, "cursor-not-allowed text-muted")} title={why}>
          {page.title}
          <span className="sr-only"> (not open to you)</span>
        </span>
      </li>
    );
  return (
    <li>
      <Link
        to={address(page.path) as never}
        className={cx(look, "hover:bg-sunken")}
        activeProps={{ className: "bg-accent-soft font-medium text-accent" }}
      >
        {page.title}
      </Link>
    </li>
  );
}
