/** `/`: goes to the merchant that was looked at last, else the first. */
import { Navigate, useParams } from "@tanstack/react-router";
import { useSession } from "../kit/session.tsx";
import { lastScope } from "./last-scope.ts";
import { PlainFrame } from "./plain-frame.tsx";

export function Start() {
  const { merchant, mode } = useParams({ strict: false }) as { merchant?: string; mode?: string };
  const { data: session } = useSession();
  const merchants = session?.merchants ?? [];
  const last = lastScope();
  const chosen = merchants.find(({ id }) => id === (merchant ?? last?.merchant)) ?? merchants[0];
  if (chosen === undefined)
    return (
      <PlainFrame title="You are no member of a merchant yet">
        Ask an owner or admin of a merchant to invite {session?.person.email ?? "you"}, and open the link of the e-mail.
      </PlainFrame>
    );
  return <Navigate to={`/${chosen.id}/${mode ?? (last?.merchant === chosen.id ? last.mode : "test")}/home` as never} replace />;
}
