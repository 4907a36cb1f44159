import type { Case } from "@tillway/sdk";
import { useState } from "react";
import { StatusBadge, wordsOf } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { useList } from "../../kit/data.ts";
import type { Filter } from "../../kit/filters.tsx";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { NewRows } from "../../kit/live.tsx";
import { useQueryText } from "../../kit/scope.ts";
import { useMay } from "../../kit/session.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { ResolveManyDialog } from "./resolve-many.tsx";
import { caseKinds } from "../../../../server/src/core/case-kinds.ts";

const PATH = "/v1/cases";

const filters: readonly Filter[] = [
  {
    kind: "choice",
    name: "status",
    label: "Status",
    choices: [
      { value: "open", label: "Open" },
      { value: "resolved", label: "Resolved" },
    ],
  },
  { kind: "choice", name: "kind", label: "Kind", choices: Object.keys(caseKinds).map((value) => ({ value, label: wordsOf(value) })) },
  { kind: "text", name: "payment_id", label: "Payment", placeholder: "pay_…" },
  { kind: "day", name: "created_from", label: "From day", edge: "from" },
  { kind: "day", name: "created_before", label: "To day", edge: "before" },
];

const columns: readonly Column<Case>[] = [
  { id: "kind", header: "Case", cell: ({ kind }) => wordsOf(kind) },
  { id: "status", header: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: "summary",
    header: "What happened",
    wide: true,
    cell: ({ summary }) => (
      <span className="block max-w-56 truncate lg:max-w-xl first-letter:uppercase" title={summary}>
        {summary}
      </span>
    ),
  },
  { id: "subject", header: "About", wide: true, hidden: true, cell: ({ subject }) => <span className="font-mono text-xs">{subject}</span> },
  { id: "by", header: "Resolved by", wide: true, hidden: true, cell: ({ resolved_by_name: name, resolved_by: by }) => name ?? by ?? "–" },
  { id: "opened", header: "Opened", cell: ({ opened_at: at }) => <Time at={at} /> },
];

export function Page() {
  const { kind } = useQueryText();
  const { why } = useMay("cases.resolve");
  const [many, setMany] = useState(false);
  const list = useList<Case>(
    PATH,
    {},
    filters.map(({ name }) => name),
  );
  return (
    <>
      <PageHeader
        title="Cases"
        about="What a person should look at. A payment goes on by itself wherever it can."
        actions={
          <Button
            why={why ?? (kind === undefined ? "Choose a kind first: those of all kinds are resolved by nobody at once." : null)}
            onClick={() => setMany(true)}
          >
            Resolve all of this kind
          </Button>
        }
      />
      <Section flush>
        <DataTable
          name="Cases"
          columns={columns}
          list={list}
          filters={filters}
          linkOf={({ id }) => `cases/${id}`}
          above={<NewRows path={PATH} noun={["case", "cases"]} type="case.opened" />}
          empty={<Empty title="No cases">Nothing here waits for a person.</Empty>}
        />
      </Section>
      {many && kind !== undefined && <ResolveManyDialog kind={kind} onClose={() => setMany(false)} />}
    </>
  );
}
