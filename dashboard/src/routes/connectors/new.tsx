/** Adds an account. The gateway is asked whether it accepts the credentials; if not, nothing is saved. */
import type { ConnectorAccount } from "@tillway/sdk";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { useAct, useApi, type Page as ListPage } from "../../kit/data.ts";
import { Dialog } from "../../kit/dialog.tsx";
import { Checkbox, Field, Select } from "../../kit/field.tsx";
import { usePageAddress } from "../../kit/link.tsx";
import { useScope } from "../../kit/scope.ts";
import { ErrorNote, Loaded } from "../../kit/states.tsx";
import { toast } from "../../kit/toast.tsx";
import { CredentialFields, fieldsOf, given, type Connector } from "./credentials.tsx";

export function NewAccount({ onClose }: { onClose: () => void }) {
  const read = useApi<ListPage<Connector>>("/v1/connectors");
  const { mode } = useScope();
  if (read.data === undefined)
    return (
      <Dialog open onClose={onClose} title="Add a connector account">
        <Loaded of={read}>{() => null}</Loaded>
      </Dialog>
    );
  return <Form onClose={onClose} connectors={read.data.data.filter(({ modes }) => modes.includes(mode))} />;
}

function useCreate(body: { connector: string; name: string; credentials: Record<string, string>; verify: boolean }) {
  const navigate = useNavigate();
  const address = usePageAddress();
  const act = useAct<void, ConnectorAccount>({
    call: () => ({
      method: "POST",
      path: "/v1/connector-accounts",
      body,
    }),
    onDone: (account) => {
      toast(body.verify ? "Saved: the gateway accepts its credentials" : "Saved without a test");
      void navigate({ to: address(`connectors/${account.id}`) as never });
    },
  });
  return act;
}

function Form({ onClose, connectors }: { onClose: () => void; connectors: readonly Connector[] }) {
  const { mode } = useScope();
  const [chosen, setChosen] = useState(connectors[0]?.name ?? "");
  const [name, setName] = useState("");
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [verify, setVerify] = useState(true);
  const act = useCreate({ connector: chosen, name: name.trim(), credentials: given(values), verify });
  const connector = connectors.find((each) => each.name === chosen);
  const missing = connector?.credentials.find((field) => !field.is_optional && (values[field.name] ?? "").trim() === "");
  const why = name.trim() === "" ? "Give it a name first." : missing === undefined ? null : `${missing.name} is missing.`;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add a connector account"
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button kind="primary" busy={act.isPending} why={why} onClick={() => act.mutate()}>
            {verify ? "Test and save" : "Save"}
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <Select
          label="Gateway"
          value={chosen}
          choices={connectors.map((each) => ({ value: each.name, label: each.name }))}
          onChange={(event) => {
            setChosen(event.target.value);
            setValues({});
          }}
        />
        <Field
          label="Name"
          value={name}
          maxLength={100}
          hint="What tells it from the others."
          onChange={(event) => setName(event.target.value)}
        />
        {connector !== undefined && <CredentialFields {...{ connector, mode, values, refused: act.error }} onChange={setValues} />}
        <Checkbox
          label="Test before saving"
          hint="The gateway is asked, by a call without an effect, whether it accepts the credentials; if not, nothing is saved."
          checked={verify}
          onChange={(event) => setVerify(event.target.checked)}
        />
        {act.error !== null && <ErrorNote error={act.error} fields={fieldsOf(connector)} />}
      </div>
    </Dialog>
  );
}
