/** What happened, as it was told. */
import type { EventObject } from "@tillway/sdk";
import { CopyBlock } from "../../kit/copy.tsx";
import { useList } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { eventTypes } from "../../../../server/src/core/events.ts";

const columns: readonly Column<EventObject>[] = [
  { id: "type", header: "Type", cell: ({ type }) => type },
  { id: "about", header: "About", cell: ({ data }) => <span className="font-mono text-xs">{idOf(data)}</span> },
  { id: "id", header: "Id", wide: true, cell: ({ id }) => <span className="font-mono text-xs">{id}</span> },
  { id: "time", header: "When", cell: ({ timestamp: at }) => <Time at={at} /> },
];

function idOf(data: object): string {
  const { id } = data as { readonly id?: string };
  return id ?? "–";
}

const types = Object.keys(eventTypes).map((value) => ({ value, label: value }));
const LISTEN = "npx tillway listen --forward http://localhost:4000/webhooks";

export function Page() {
  const list = useList<EventObject>("/v1/events", {}, ["type"]);
  return (
    <>
      <PageHeader title="Events" />
      <Section flush>
        <DataTable
          name="Events"
          columns={columns}
          list={list}
          filters={[{ kind: "choice", name: "type", label: "Type", choices: types }]}
          linkOf={({ id }) => `events/${id}`}
          empty={
            <Empty title="No events">
              <p className="mb-3">
                Each change of a payment, a refund or a case is an event. Your server gets them as webhooks, your shell by:
              </p>
              <div className="text-left">
                <CopyBlock label="Command that forwards events" text={LISTEN} />
              </div>
            </Empty>
          }
        />
      </Section>
    </>
  );
}
