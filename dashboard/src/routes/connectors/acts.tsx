/** What can be done to an account: edit, other credentials, disable and enable, close. */
import type { ConnectorAccount } from "@tillway/sdk";
import { useState } from "react";
import { path } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { useAct, useApi, type Page as ListPage } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { Field, Select } from "../../kit/field.tsx";
import { useMay } from "../../kit/session.tsx";
import { toast } from "../../kit/toast.tsx";
import { CredentialFields, fieldsOf, given, type Connector } from "./credentials.tsx";

type Open = "edit" | "rotate" | "disable" | "close" | null;

export function AccountActs({ account }: { account: ConnectorAccount }) {
  const [open, setOpen] = useState<Open>(null);
  const { why: role } = useMay("accounts.write");
  const why = role ?? (account.closed_at === null ? null : "It is closed for good.");
  const close = () => setOpen(null);
  const isEnabled = account.status === "enabled";
  const props = { account, onClose: close };
  return (
    <>
      <Button why={why} onClick={() => setOpen("edit")}>
        Edit
      </Button>
      <Button why={role} onClick={() => setOpen("rotate")}>
        Rotate credentials
      </Button>
      <Button why={why} onClick={() => setOpen("disable")}>
        {isEnabled ? "Disable" : "Enable"}
      </Button>
      <Button kind="danger" why={why} onClick={() => setOpen("close")}>
        Close
      </Button>
      {open === "edit" && <Edit {...props} />}
      {open === "rotate" && <Rotate {...props} />}
      {open === "disable" && <Disable {...props} />}
      {open === "close" && <Close {...props} />}
    </>
  );
}

interface ActProps {
  readonly account: ConnectorAccount;
  readonly onClose: () => void;
}

function Edit({ account, onClose }: ActProps) {
  const [name, setName] = useState(account.name);
  const [priority, setPriority] = useState(String(account.priority));
  const act = useAct<void>({
    call: () => ({
      method: "PATCH",
      path: path`/v1/connector-accounts/${account.id}`,
      body: { name: name.trim(), priority: Number(priority) },
    }),
    onDone: () => {
      toast("Saved");
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Edit ${account.name}`}
      effect="Without routing rules, payments go to the account with the lowest priority first."
      verb="Save"
      busy={act.isPending}
      error={act.error}
      why={name.trim() === "" ? "Give it a name first." : null}
      onConfirm={() => act.mutate()}
    >
      <Field label="Name" value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
      <Field label="Priority" type="number" min={1} value={priority} onChange={(event) => setPriority(event.target.value)} />
    </ConfirmDialog>
  );
}

const overlaps = [
  { value: "86400", label: "24 hours" },
  { value: "3600", label: "1 hour" },
  { value: "0", label: "None: somebody has read it" },
];

function Rotate({ account, onClose }: ActProps) {
  const { data } = useApi<ListPage<Connector>>("/v1/connectors");
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [seconds, setSeconds] = useState("86400");
  const act = useAct<void>({
    call: () => ({
      method: "POST",
      path: path`/v1/connector-accounts/${account.id}/rotate`,
      body: { credentials: given(values), overlap_seconds: Number(seconds) },
    }),
    onDone: () => {
      toast("The gateway accepts the new credentials; all processes use them");
      onClose();
    },
  });
  const connector = data?.data.find(({ name }) => name === account.connector);
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Rotate the credentials of ${account.name}?`}
      effect="Those that you give take the place of those before, once the gateway has accepted them; the others stay."
      verb="Test and rotate"
      busy={act.isPending}
      error={act.error}
      fields={fieldsOf(connector)}
      why={Object.keys(given(values)).length === 0 ? "Give at least one of them." : null}
      onConfirm={() => act.mutate()}
    >
      {connector !== undefined && (
        <CredentialFields {...{ connector, values, mode: account.mode, refused: act.error }} onChange={setValues} isChange />
      )}
      <Select
        label="The webhook secret before is accepted for"
        value={seconds}
        choices={overlaps}
        onChange={(event) => setSeconds(event.target.value)}
      />
    </ConfirmDialog>
  );
}

function Disable({ account, onClose }: ActProps) {
  const isEnabled = account.status === "enabled";
  const verb = isEnabled ? "Disable" : "Enable";
  const act = useAct<void>({
    call: () => ({
      method: "PATCH",
      path: path`/v1/connector-accounts/${account.id}`,
      body: { status: isEnabled ? "disabled" : "enabled" },
    }),
    onDone: () => {
      toast(`${verb}d`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`${verb} account ${account.name}?`}
      effect={
        isEnabled
          ? "It gets no new charges. What it has begun is asked about, captured and refunded all the same. It can be enabled again."
          : "It gets new charges again."
      }
      verb={`${verb} account`}
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate()}
    />
  );
}

function Close({ account, onClose }: ActProps) {
  const act = useAct<void>({
    call: () => ({ method: "DELETE", path: path`/v1/connector-accounts/${account.id}` }),
    onDone: () => {
      toast("Account closed");
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      danger
      title={`Close account ${account.name}?`}
      effect="It never gets a new charge again; this can't be undone. What it has begun is captured and refunded all the same, so its credentials must stay valid at the gateway until then."
      verb="Close account"
      busy={act.isPending}
      error={act.error}
      onConfirm={() => act.mutate()}
    />
  );
}
