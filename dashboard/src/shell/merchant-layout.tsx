/** Around each page of a merchant: the navigation at the left, the bar at the top, and who may see the page at all. */
import { Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { LiveProvider } from "../kit/live.tsx";
import { Runs } from "../kit/runs.tsx";
import { useScope } from "../kit/scope.ts";
import { useMay, useSession, type Permission } from "../kit/session.tsx";
import { Empty } from "../kit/states.tsx";
import { keepScope } from "./last-scope.ts";
import { HelpDialog } from "./help.tsx";
import { Navigation } from "./navigation.tsx";
import { NotFound } from "./not-found.tsx";
import { TopBar } from "./top-bar.tsx";

export function MerchantLayout() {
  const scope = useScope();
  const mode = useRouterState({ select: (state) => state.location.pathname.split("/")[2] });
  const { data: session } = useSession();
  const isMember = session?.merchants.some(({ id }) => id === scope.merchant) === true;
  useEffect(() => {
    if (isMember) keepScope(scope);
  }, [isMember, scope]);
  if (!isMember || (mode !== "test" && mode !== "live")) return <NotFound />;
  return (
    // Another merchant or mode is another page: nothing of the one before stays on the screen.
    <LiveProvider key={`${scope.merchant} ${scope.mode}`}>
      <Frame />
    </LiveProvider>
  );
}

function Frame() {
  const [isMenuOpen, setMenuOpen] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => setMenuOpen(false), [path]);
  return (
    <div className="nav:grid nav:grid-cols-[14rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-accent focus:px-3 focus:py-2 focus:text-on-accent"
      >
        Skip to the page
      </a>
      <Navigation isOpen={isMenuOpen} onClose={() => setMenuOpen(false)} />
      <div className="min-w-0">
        <TopBar onMenu={() => setMenuOpen(true)} />
        <Restoring />
        <main id="main" tabIndex={-1} className="mx-auto max-w-7xl px-4 py-5 nav:px-6">
          <Allowed />
        </main>
        <Runs />
      </div>
      <HelpDialog />
    </div>
  );
}

/** Above each page while this database waits for its gateways to say what its backup forgot. */
function Restoring() {
  const { data: session } = useSession();
  if (session?.is_restoring !== true) return null;
  return (
    <div role="alert" className="border-b border-warn/40 bg-warn-soft px-4 py-2 text-sm text-ink nav:px-6">
      <strong className="font-medium">The database was restored from a backup, so no money moves.</strong> New payments, captures and
      refunds are refused until each gateway has said what the backup does not know and an operator has ended it:{" "}
      <code className="font-mono text-xs">tillway restore status</code> says what is left.{" "}
      <a className="underline" href="/docs/operations#a-restored-database" target="_blank" rel="noreferrer">
        What to do
      </a>
    </div>
  );
}

/** The page, or who may see it. */
function Allowed() {
  const data = useRouterState({ select: (state) => state.matches.at(-1)?.staticData }) as
    | { permission?: Permission; title?: string }
    | undefined;
  const { may, why } = useMay(data?.permission ?? "payments.read");
  if (data?.permission !== undefined && !may && why !== null)
    return <Empty title={`${data.title ?? "This page"} is not open to you`}>{why}</Empty>;
  return <Outlet />;
}
