/** How much work waits, and whether it goes on. Counted in the database at this moment, every two seconds. */
import type { Queue } from "@tillway/sdk";
import { useApi, type Page as ListPage } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { durationOf, Time } from "../../kit/time.tsx";

type Row = Queue & { readonly id: string };

const columns: readonly Column<Row>[] = [
  { id: "name", header: "Queue", cell: ({ name }) => name },
  { id: "due", header: "Due", right: true, cell: (row) => counted(row, row.due) },
  { id: "leased", header: "Being done", right: true, cell: (row) => counted(row, row.leased) },
  {
    id: "oldest",
    header: "Oldest due",
    right: true,
    cell: ({ oldest_due_seconds: age }) => (age === null ? "–" : durationOf(age * 1_000)),
  },
  { id: "scheduled", header: "Later", right: true, wide: true, cell: (row) => counted(row, row.scheduled) },
  { id: "finished", header: "Finished per minute", right: true, wide: true, cell: ({ finished_per_minute: rate }) => rate },
  { id: "since", header: "Measured since", wide: true, hidden: true, cell: ({ finished_since: at }) => <Time at={at} /> },
  { id: "dead", header: "Dead letters", right: true, cell: (row) => counted(row, row.dead_letters) },
];

function counted({ counts_are_capped: isCapped }: Row, count: number): string {
  return isCapped && count > 0 ? `${count}+` : String(count);
}

const ASK_MS = 2_000;

export function Page() {
  const read = useApi<ListPage<Queue>>("/v1/queues", {}, { everyMs: ASK_MS });
  return (
    <>
      <PageHeader title="Queues" about="Counted in the database every two seconds, over all processes." />
      <Section flush>
        <DataTable
          name="Queues"
          columns={columns}
          list={{ ...read, rows: read.data?.data.map((queue) => ({ ...queue, id: queue.name })) }}
          linkOf={null}
          whole
          empty={<Empty title="No queues" />}
          above={
            <PageLink to="dead-letters" className={linkLook}>
              Dead letters
            </PageLink>
          }
        />
      </Section>
    </>
  );
}
