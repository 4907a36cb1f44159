import type { ApiKey, Merchant } from "@tillway/sdk";
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { CopyBlock, CopyId } from "../../kit/copy.tsx";
import { useAct, useList } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { Field } from "../../kit/field.tsx";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { SecretDialog } from "../keys/secret-dialog.tsx";
import { OnlyOperator } from "./only-operator.tsx";

export function Page() {
  return (
    <OnlyOperator title="Merchants">
      <Merchants />
    </OnlyOperator>
  );
}

const columns: readonly Column<Merchant>[] = [
  { id: "name", header: "Name", cell: ({ name }) => <span className="font-medium">{name}</span> },
  { id: "email", header: "E-mail", wide: true, cell: ({ email }) => email },
  { id: "id", header: "Id", wide: true, cell: ({ id }) => <CopyId id={id} short className="relative z-[1]" /> },
  { id: "created", header: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
];

function Merchants() {
  const list = useList<Merchant>("/v1/merchants");
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<ApiKey | null>(null);
  const create = (
    <Button kind="primary" onClick={() => setMaking(true)}>
      Create merchant
    </Button>
  );
  return (
    <>
      <PageHeader title="Merchants" about="All of this installation. You see their keys, and none of their payments." actions={create} />
      <Section flush>
        <DataTable
          name="Merchants"
          columns={columns}
          list={list}
          linkOf={({ id }) => `operator/merchants/${id}`}
          empty={
            <Empty title="No merchants yet" action={create}>
              From a terminal:
              <div className="mt-3 text-left">
                <CopyBlock label="Command" text="npx tillway merchants create --name Shop --email ann@shop.example" />
              </div>
            </Empty>
          }
        />
      </Section>
      {isMaking && <MerchantDialog onClose={() => setMaking(false)} onMade={setMade} />}
      <SecretDialog made={made} onClose={() => setMade(null)} />
    </>
  );
}

function MerchantDialog({ onClose, onMade }: { onClose: () => void; onMade: (key: ApiKey | null) => void }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const act = useAct<{ name: string; email: string }, Merchant>({
    call: (body) => ({ method: "POST", path: "/v1/merchants", body }),
    changes: ["/v1/merchants"],
    onDone: (merchant) => {
      onClose();
      onMade(merchant.api_key ?? null);
    },
  });
  const isEmail = /^\S+@\S+$/.test(email.trim());
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title="Create a merchant"
      effect="It gets an account at the sandbox and a test key, whose secret is shown once."
      verb="Create merchant"
      busy={act.isPending}
      error={act.error}
      fields={["email"]}
      why={name.trim() === "" ? "Type its name." : isEmail ? null : "Type the e-mail address that names it."}
      onConfirm={() => act.mutate({ name: name.trim(), email: email.trim() })}
    >
      <Field label="Name" value={name} maxLength={255} autoFocus onChange={(event) => setName(event.target.value)} />
      <Field
        label="E-mail"
        type="email"
        value={email}
        maxLength={254}
        hint="Names the merchant for people; of one merchant only."
        error={act.error?.param === "email" ? act.error.message : null}
        onChange={(event) => setEmail(event.target.value)}
      />
    </ConfirmDialog>
  );
}
