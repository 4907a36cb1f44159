import type { Case } from "@tillway/sdk";
import { useState } from "react";
import { path } from "../../kit/api.ts";
import { wordsOf } from "../../kit/badge.tsx";
import { useAct } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { TextArea } from "../../kit/field.tsx";
import { useOnce } from "../../kit/once.ts";
import { useSession } from "../../kit/session.tsx";
import { toast } from "../../kit/toast.tsx";

export function ResolveDialog({ of, onClose }: { of: Case; onClose: () => void }) {
  const { data: session } = useSession();
  const [reason, setReason] = useState("");
  const act = useAct<string, Case>({
    call: (text) => ({ method: "POST", path: path`/v1/cases/${of.id}/resolve`, body: { reason: text, by: session?.person.email ?? "" } }),
    onDone: () => {
      toast("The case is resolved");
      onClose();
    },
  });
  const press = useOnce(act);
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Resolve the case “${wordsOf(of.kind)}”`}
      effect="It says that a person has settled it. It moves no money and stops no question to the gateway."
      verb="Resolve case"
      busy={act.isPending}
      error={act.error}
      why={reason.trim() === "" ? "Say what you found or did." : null}
      onConfirm={() => press(reason.trim())}
    >
      <p className="break-words text-muted">{of.what_to_do}</p>
      <TextArea
        label="Reason"
        hint="What you found or did. No card numbers."
        rows={3}
        maxLength={1_000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </ConfirmDialog>
  );
}
