import type { ApiKey, Merchant } from "@tillway/sdk";
import { useState } from "react";
import { path } from "../../kit/api.ts";
import { Badge, wordsOf } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { CopyId } from "../../kit/copy.tsx";
import { useApi } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { useParam } from "../../kit/scope.ts";
import { Empty, Loaded } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Ago } from "../../kit/time.tsx";
import { isPast, KeyStatus, ScopeList } from "../keys/key-look.tsx";
import { SecretDialog } from "../keys/secret-dialog.tsx";
import { MakeKeyDialog, RevokeKeyDialog } from "./merchant-dialogs.tsx";
import { OnlyOperator } from "./only-operator.tsx";

export function Page() {
  return (
    <OnlyOperator title="Merchant">
      <One />
    </OnlyOperator>
  );
}

const back = { to: "operator/merchants", label: "Merchants" };

function One() {
  const id = useParam("id");
  const read = useApi<Merchant>(path`/v1/merchants/${id}`);
  if (read.data !== undefined) return <Shown merchant={read.data} />;
  return (
    <>
      <PageHeader title="Merchant" back={back} about={<CopyId id={id} />} />
      <Loaded of={read}>{() => null}</Loaded>
    </>
  );
}

function Shown({ merchant }: { merchant: Merchant }) {
  const read = useApi<{ data: readonly ApiKey[] }>(path`/v1/merchants/${merchant.id}/keys`);
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const [made, setMade] = useState<ApiKey | null>(null);
  const create = (
    <Button kind="primary" onClick={() => setMaking(true)}>
      Create key
    </Button>
  );
  const about = (
    <span className="flex flex-wrap items-center gap-x-2">
      {merchant.email} <CopyId id={merchant.id} />
    </span>
  );
  return (
    <>
      <PageHeader title={merchant.name} back={back} about={about} actions={create} />
      <Section title="API keys" flush>
        <DataTable
          name="Keys of the merchant"
          whole
          columns={columnsOf(setRevoked)}
          list={{ rows: read.data?.data, error: read.error, refetch: read.refetch }}
          linkOf={null}
          empty={<Empty title="It has no keys" action={create} />}
        />
      </Section>
      {isMaking && <MakeKeyDialog merchant={merchant} onClose={() => setMaking(false)} onMade={setMade} />}
      {revoked !== null && <RevokeKeyDialog merchant={merchant} subject={revoked} onClose={() => setRevoked(null)} />}
      <SecretDialog made={made} onClose={() => setMade(null)} />
    </>
  );
}

function columnsOf(revoke: (key: ApiKey) => void): readonly Column<ApiKey>[] {
  return [
    { id: "name", header: "Name", cell: ({ name }) => <span className="font-medium">{name}</span> },
    { id: "mode", header: "Mode", cell: ({ mode }) => <Badge tone={mode === "live" ? "info" : "neutral"}>{wordsOf(mode)}</Badge> },
    { id: "status", header: "Status", wide: true, cell: (key) => <KeyStatus subject={key} /> },
    { id: "key", header: "Key", wide: true, cell: ({ key }) => <CopyId id={key} short /> },
    { id: "scopes", header: "May do", wide: true, cell: ({ scopes }) => <ScopeList names={scopes} /> },
    { id: "used", header: "Last used", wide: true, cell: ({ last_used_at: at }) => (at === null ? "Never" : <Ago at={at} />) },
    {
      id: "acts",
      header: "Actions",
      right: true,
      cell: (key) => (
        <Button
          small
          why={key.revoked_at !== null || isPast(key.expires_at) ? "This key has ended." : null}
          aria-label={`Revoke ${key.name}`}
          onClick={() => revoke(key)}
        >
          Revoke…
        </Button>
      ),
    },
  ];
}
