/** For pages that take somebody who is signed in: everybody else signs in first, and comes back to where they wanted to go. */
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import { ConfirmPerson } from "../kit/confirm-person.tsx";
import { useSession, WhoIsSignedIn } from "../kit/session.tsx";
import { ErrorNote, Loading } from "../kit/states.tsx";
import { PlainFrame } from "./plain-frame.tsx";

export function SignedIn() {
  const { data: session, error, refetch } = useSession();
  const here = useRouterState({ select: (state) => state.location.href });
  const navigate = useNavigate();
  // While the page to sign in loads, this one is still here and its address is the new one: once is enough.
  const isLeaving = here.startsWith("/sign-in");
  useEffect(() => {
    if (session !== null || isLeaving) return;
    void navigate({ to: "/sign-in" as never, search: (here === "/" ? {} : { to: here }) as never, replace: true });
  }, [session, here, isLeaving, navigate]);
  if (session === undefined && error !== null)
    return (
      <PlainFrame title="Tillway can't be reached">
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </PlainFrame>
    );
  if (session === undefined || session === null) return <Loading />;
  return (
    <WhoIsSignedIn session={session}>
      <Outlet />
      <ConfirmPerson />
    </WhoIsSignedIn>
  );
}
