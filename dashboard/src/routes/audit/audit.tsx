import { useState } from "react";
import { CopyBlock, CopyId } from "../../kit/copy.tsx";
import { useApi, useList } from "../../kit/data.ts";
import type { Filter } from "../../kit/filters.tsx";
import { DescriptionList, PageHeader, Section } from "../../kit/layout.tsx";
import { useQueryText, useSetQuery } from "../../kit/scope.ts";
import { Empty, Loaded } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { ActionDrawer } from "./action-drawer.tsx";
import { actorOf, wordsOfAction, type AdminAction } from "./action.ts";
import { ChangeSummary } from "./diff.tsx";
import { ExportButton } from "./export-button.tsx";

const filters: readonly Filter[] = [
  {
    kind: "choice",
    name: "action",
    label: "About",
    choices: [
      { value: "api_key.", label: "API keys" },
      { value: "webhook_endpoint.", label: "Webhook endpoints" },
      { value: "connector_account.", label: "Connector accounts" },
      { value: "routing_rules.", label: "Routing rules" },
      { value: "checkout_settings.", label: "Checkout settings" },
      { value: "email_settings.", label: "E-mail settings" },
      { value: "member.", label: "Team" },
      { value: "invitation.", label: "Invitations" },
      { value: "case.", label: "Cases" },
      { value: "refund.", label: "Refunds" },
      { value: "payment.", label: "Payments" },
      { value: "payment_link.", label: "Payment links" },
      { value: "delivery.", label: "Deliveries sent again" },
      { value: "deliveries.", label: "Recoveries of deliveries" },
      { value: "dead_letter.", label: "Dead letters" },
      { value: "merchant.", label: "The merchant and its time zone" },
      { value: "person.", label: "Passwords and second factors" },
    ],
  },
  {
    kind: "choice",
    name: "actor_kind",
    label: "Kind of actor",
    choices: [
      { value: "person", label: "People" },
      { value: "key", label: "API keys" },
      { value: "operator", label: "The operator" },
      { value: "cli", label: "The command line" },
      { value: "system", label: "Tillway itself" },
    ],
  },
  { kind: "text", name: "actor", label: "Who", placeholder: "E-mail address, per_… or key_…" },
  { kind: "text", name: "subject", label: "Of", placeholder: "key_… or its name" },
  { kind: "day", name: "created_from", label: "From", edge: "from" },
  { kind: "day", name: "created_before", label: "To", edge: "before" },
];

export function Page() {
  const list = useList<AdminAction>("/v1/admin-actions", {}, [
    "actor",
    "actor_kind",
    "action",
    "subject",
    "created_from",
    "created_before",
  ]);
  const text = useQueryText();
  const setQuery = useSetQuery();
  // In the address, so that a link shows the one that its sender saw.
  const shown = list.rows?.find(({ id }) => id === text["id"]) ?? null;
  const show = (id: string | undefined) => setQuery({ id }, { replace: true });
  return (
    <>
      <PageHeader
        title="Audit log"
        about="Each change of configuration and each step that a person took. Nothing in it can be changed or removed."
        actions={<ExportButton />}
      />
      <Section flush>
        <DataTable
          name="Admin actions"
          columns={columnsOf(show)}
          list={list}
          filters={filters}
          linkOf={null}
          empty={<Empty title="Nothing here">No action fits these filters, or nothing was changed yet.</Empty>}
        />
      </Section>
      <Seals />
      {shown !== null && <ActionDrawer action={shown} onClose={() => show(undefined)} />}
    </>
  );
}

function columnsOf(show: (id: string) => void): readonly Column<AdminAction>[] {
  return [
    { id: "at", header: "When", cell: ({ at }) => <Time at={at} /> },
    {
      id: "what",
      header: "What",
      cell: (action) => (
        <button
          type="button"
          className="block max-w-56 truncate text-left font-medium text-accent hover:underline"
          onClick={() => show(action.id)}
        >
          {wordsOfAction(action.action)}
        </button>
      ),
    },
    { id: "actor", header: "Who", cell: (action) => <span className="block max-w-48 truncate">{actorOf(action)}</span> },
    { id: "subject", header: "Of", wide: true, cell: ({ subject }) => <CopyId id={subject} short /> },
    { id: "change", header: "Before and after", wide: true, fluid: true, cell: (action) => <ChangeSummary action={action} /> },
    {
      id: "request",
      header: "Request",
      wide: true,
      hidden: true,
      cell: ({ request_id: id }) => (id === null ? "–" : <CopyId id={id} short />),
    },
  ];
}

interface Head {
  readonly seal: number | null;
  readonly hash: string | null;
  readonly rows: number;
  readonly sealed_at: string | null;
}

/** How anybody checks that nothing was changed, without us. */
function Seals() {
  const read = useApi<Head>("/v1/audit/head", {}, { everyMs: 60_000 });
  const [isOpen, setOpen] = useState(false);
  return (
    <Section title="Seals" className="mt-4">
      <Loaded of={read} rows={3}>
        {({ seal, hash, rows, sealed_at: at }) => (
          <div className="space-y-3 text-sm">
            <p className="text-muted">
              Events and admin actions are sealed in the order in which they were committed. The newest seal&rsquo;s hash names all of them:
              who notes it elsewhere sees later whether a single one was changed.
            </p>
            <DescriptionList
              items={[
                [
                  "Newest seal",
                  typeof seal === "number" ? `Number ${seal}` : "None yet: the first comes within a minute of the first event",
                ],
                typeof hash === "string" && ["Hash", <CopyId key="hash" id={hash} />],
                typeof rows === "number" && ["Rows sealed", rows.toLocaleString()],
                typeof at === "string" && ["Sealed", <Time key="at" at={at} />],
              ]}
            />
            <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
              <summary className="text-accent">Check it without Tillway&rsquo;s server</summary>
              <div className="mt-3 space-y-2">
                <p>Download the export, then run this anywhere; it needs no database and no network:</p>
                <CopyBlock
                  label="Command"
                  text={`npx tillway audit verify audit.ndjson${typeof hash === "string" ? ` --head ${hash}` : ""}`}
                />
                <p className="text-muted">
                  It says that all is as it was sealed, or which row is not. Note the hash in a place that whoever runs the database
                  can&rsquo;t change.
                </p>
              </div>
            </details>
          </div>
        )}
      </Loaded>
    </Section>
  );
}
