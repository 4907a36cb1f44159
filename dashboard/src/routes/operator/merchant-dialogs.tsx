/** What the operator does to a merchant's keys. */
import type { ApiKey, Merchant } from "@tillway/sdk";
import { useState } from "react";
import { path } from "../../kit/api.ts";
import { useAct } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { Field, Select } from "../../kit/field.tsx";
import { toast } from "../../kit/toast.tsx";

interface MakeProps {
  readonly merchant: Merchant;
  readonly onClose: () => void;
  readonly onMade: (made: ApiKey) => void;
}

const modes = [
  { value: "test", label: "Test: no money moves" },
  { value: "live", label: "Live: real money" },
];

export function MakeKeyDialog({ merchant, onClose, onMade }: MakeProps) {
  const [name, setName] = useState("Default");
  const [mode, setMode] = useState("test");
  const place = path`/v1/merchants/${merchant.id}/keys`;
  const act = useAct<{ name: string; mode: string }, ApiKey>({
    call: (body) => ({ method: "POST", path: place, body }),
    changes: [place],
    onDone: (key) => {
      onClose();
      onMade(key);
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Create a key of ${merchant.name}`}
      effect="Whoever has its secret may do everything for this merchant in that mode. The secret is shown once."
      verb="Create key"
      busy={act.isPending}
      error={act.error}
      why={name.trim() === "" ? "Give it a name." : null}
      onConfirm={() => act.mutate({ name: name.trim(), mode })}
    >
      <Field label="Name" value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
      <Select label="Mode" value={mode} choices={modes} onChange={(event) => setMode(event.target.value)} />
    </ConfirmDialog>
  );
}

export function RevokeKeyDialog({ merchant, subject, onClose }: { merchant: Merchant; subject: ApiKey; onClose: () => void }) {
  const act = useAct<undefined>({
    call: () => ({ method: "DELETE", path: path`/v1/merchants/${merchant.id}/keys/${subject.id}` }),
    changes: [path`/v1/merchants/${merchant.id}/keys`],
    onDone: () => {
      onClose();
      toast(`“${subject.name}” was revoked`);
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Revoke “${subject.name}” of ${merchant.name}?`}
      effect={`${subject.key} (${subject.mode}) is refused within a second, for good: each service of this merchant that uses it stops working.`}
      verb="Revoke key"
      danger
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate(undefined)}
    />
  );
}
