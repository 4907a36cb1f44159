/** One admin action: who, when, what, and how it was before and after. */
import { CopyId } from "../../kit/copy.tsx";
import { Dialog } from "../../kit/dialog.tsx";
import { DescriptionList } from "../../kit/layout.tsx";
import { Time } from "../../kit/time.tsx";
import { actorOf, wordsOfAction, type AdminAction } from "./action.ts";
import { Diff } from "./diff.tsx";

export function ActionDrawer({ action, onClose }: { action: AdminAction; onClose: () => void }) {
  const { actor, request_id: request, subject, at, mode, id } = action;
  return (
    <Dialog open drawer title={wordsOfAction(action.action)} onClose={onClose}>
      <div className="space-y-5">
        <DescriptionList
          items={[
            ["Who", actorOf(action)],
            actor.id !== null && ["Their id", <CopyId key="actor" id={actor.id} />],
            ["When", <Time key="at" at={at} />],
            ["Of", <CopyId key="subject" id={subject} />],
            ["Mode", mode ?? "Both"],
            request !== null && ["Request", <CopyId key="request" id={request} />],
            ["Record", <CopyId key="id" id={id} />],
          ]}
        />
        <Diff action={action} />
      </div>
    </Dialog>
  );
}
