/** What is done to keys: made, changed, rotated, revoked. */
import type { ApiKey } from "@tillway/sdk";
import { useState } from "react";
import type { KeyScope } from "../../../../server/src/core/permissions.ts";
import { path } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { useAct } from "../../kit/data.ts";
import { ConfirmDialog, Dialog } from "../../kit/dialog.tsx";
import { Select } from "../../kit/field.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { Ago } from "../../kit/time.tsx";
import { toast } from "../../kit/toast.tsx";
import { KeyFields, useKeyForm, type KeyWish } from "./key-form.tsx";

interface Granter {
  readonly grantable: readonly KeyScope[];
  readonly role: string | null;
}

/** Makes a key, or changes one. @param onMade with the secret, of a new one */
export function KeyDialog({
  subject,
  granter,
  onClose,
  onMade,
}: {
  subject: ApiKey | "new";
  granter: Granter;
  onClose: () => void;
  onMade: (made: ApiKey) => void;
}) {
  const key = subject === "new" ? null : subject;
  const form = useKeyForm(key, granter.grantable);
  const act = useAct<KeyWish, ApiKey>({
    call: (body) => (key === null ? { method: "POST", path: "/v1/keys", body } : { method: "PATCH", path: path`/v1/keys/${key.id}`, body }),
    changes: ["/v1/keys"],
    onDone: (made) => {
      onClose();
      if (key === null) onMade(made);
      else toast(`“${made.name}” was changed`);
    },
  });
  const verb = key === null ? "Create key" : "Save";
  const actions = (
    <>
      <Button onClick={onClose}>Back</Button>
      <Button kind="primary" busy={act.isPending} why={form.why} onClick={() => act.mutate(form.wish)}>
        {verb}
      </Button>
    </>
  );
  return (
    <Dialog open title={key === null ? "Create a key" : `Change “${key.name}”`} onClose={onClose} actions={actions}>
      <div className="space-y-4">
        <KeyFields form={form} {...granter} />
        {act.error !== null && <ErrorNote error={act.error} />}
      </div>
    </Dialog>
  );
}

const overlaps = [
  { value: "0", label: "None: it ends at once" },
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "24 hours" },
  { value: "259200", label: "3 days" },
  { value: "604800", label: "7 days" },
];

export function RotateDialog({ subject, onClose, onMade }: { subject: ApiKey; onClose: () => void; onMade: (made: ApiKey) => void }) {
  const [overlap, setOverlap] = useState("86400");
  const act = useAct<number, ApiKey>({
    call: (seconds) => ({ method: "POST", path: path`/v1/keys/${subject.id}/rotate`, body: { overlap_seconds: seconds } }),
    changes: ["/v1/keys"],
    onDone: (made) => {
      onClose();
      onMade(made);
    },
  });
  const label = overlaps.find(({ value }) => value === overlap)?.label ?? "";
  const effect =
    overlap === "0" ? (
      <>
        A new key of the same name and rights takes its place, and <code className="font-mono text-xs break-all">{subject.key}</code> is
        refused within a second. Services that still use it stop working.
      </>
    ) : (
      <>
        A new key of the same name and rights is made. <code className="font-mono text-xs break-all">{subject.key}</code> works beside it
        for {label}, so that you can deploy the new one; then it ends.
      </>
    );
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Rotate “${subject.name}”?`}
      effect={effect}
      verb="Rotate key"
      danger={overlap === "0"}
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate(Number(overlap))}
    >
      <Select
        label="How long both work"
        value={overlap}
        choices={overlaps}
        hint="If somebody has read the secret, choose none."
        onChange={(event) => setOverlap(event.target.value)}
      />
    </ConfirmDialog>
  );
}

export function RevokeDialog({ subject, onClose }: { subject: ApiKey; onClose: () => void }) {
  const act = useAct<undefined, ApiKey>({
    call: () => ({ method: "DELETE", path: path`/v1/keys/${subject.id}` }),
    changes: ["/v1/keys"],
    onDone: () => {
      onClose();
      toast(`“${subject.name}” was revoked`);
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Revoke “${subject.name}”?`}
      effect={
        <>
          <p>
            <code className="font-mono text-xs break-all">{subject.key}</code> is refused within a second, for good: each service that uses
            it stops working. To replace it without a break, rotate it.
          </p>
          <p className="mt-2 text-muted">
            {subject.last_used_at === null ? (
              "It was never used."
            ) : (
              <>
                It was used last <Ago at={subject.last_used_at} />.
              </>
            )}
          </p>
        </>
      }
      verb="Revoke key"
      danger
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate(undefined)}
    />
  );
}
