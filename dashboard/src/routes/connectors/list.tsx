/** The merchant's accounts at gateways: whether they take charges, when they were tested, and how their books compare. */
import type { ConnectorAccount } from "@tillway/sdk";
import { useState } from "react";
import { Badge, StatusBadge } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { ApiCommand } from "../../kit/api-command.tsx";
import { useApi, type Page as ListPage } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { useMay } from "../../kit/session.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Ago, Time } from "../../kit/time.tsx";
import { HealthBadge, rateOf, useHealth, type Health } from "./health.tsx";
import { NewAccount } from "./new.tsx";

type Row = ConnectorAccount & { readonly health: Health | undefined };

const columns: readonly Column<Row>[] = [
  { id: "name", header: "Account", cell: ({ name }) => name },
  { id: "connector", header: "Gateway", cell: ({ connector }) => connector },
  { id: "status", header: "Status", cell: (account) => <AccountStatus account={account} /> },
  { id: "health", header: "Gateway now", cell: ({ health }) => <HealthBadge health={health} /> },
  { id: "rate", header: "Approved, 24 h", wide: true, cell: ({ health }) => (health === undefined ? "–" : rateOf(health)) },
  {
    id: "latency",
    header: "Half within",
    right: true,
    wide: true,
    cell: ({ health }) => (health === undefined || health.p50_ms === null ? "–" : `${health.p50_ms.toLocaleString()} ms`),
  },
  { id: "priority", header: "Priority", right: true, wide: true, cell: ({ priority }) => priority },
  { id: "verified", header: "Accepted", wide: true, cell: ({ verified_at: at }) => (at === null ? "Never tested" : <Ago at={at} />) },
  { id: "created", header: "Created", wide: true, hidden: true, cell: ({ created_at: at }) => <Time at={at} /> },
];

export function AccountStatus({ account: { status, closed_at: closed } }: { account: ConnectorAccount }) {
  return closed === null ? <StatusBadge status={status} /> : <Badge>Closed</Badge>;
}

const EXAMPLE = `curl -X POST $TILLWAY_URL/v1/connector-accounts \\
  -H "X-Api-Key: $TILLWAY_KEY" -H "X-Api-Secret: $TILLWAY_SECRET" -H "Content-Type: application/json" \\
  -d '{"connector":"sandbox","name":"Main account","credentials":{"api_key":"choose-any-text","webhook_secret":"choose-another"}}'`;

export function Page() {
  const [isOpen, setOpen] = useState(false);
  const { why } = useMay("accounts.write");
  const read = useApi<ListPage<ConnectorAccount>>("/v1/connector-accounts", {}, { everyMs: 15_000 });
  const health = useHealth().data?.data;
  const rows = read.data?.data.map((account) => ({ ...account, health: health?.find(({ account_id: id }) => id === account.id) }));
  const add = (kind: "primary" | "plain") => (
    <Button kind={kind} why={why} onClick={() => setOpen(true)}>
      Add account
    </Button>
  );
  return (
    <>
      <PageHeader title="Connector accounts" actions={add("primary")} />
      <Section flush>
        <DataTable
          name="Connector accounts"
          columns={columns}
          list={{ ...read, rows }}
          linkOf={({ id }) => `connectors/${id}`}
          whole
          empty={
            <Empty title="No accounts yet" action={add("plain")}>
              <p className="mb-3">An account is yours at a gateway: payments go there. Or by the API:</p>
              <div className="text-left">
                <ApiCommand label="Command that adds an account" text={EXAMPLE} />
              </div>
            </Empty>
          }
        />
      </Section>
      {isOpen && <NewAccount onClose={() => setOpen(false)} />}
    </>
  );
}
