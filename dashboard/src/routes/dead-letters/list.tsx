/** Work that Tillway can't finish by itself, grouped by why; a person tries it again or discards it: one, a group, or all that match. */
import type { DeadLetter, DeadLetterGroup } from "@tillway/sdk";
import { useState } from "react";
import { path } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { useAct, useApi, useList, type Page as ListPage } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { useSetQuery } from "../../kit/scope.ts";
import { useMay } from "../../kit/session.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { toast } from "../../kit/toast.tsx";
import { wordsOf } from "../../kit/badge.tsx";
import { deadLetterReasons, type DeadLetterReason } from "../../../../server/src/core/dead-letters.ts";
import { ManyLetters, OneDiscarded, type ManyWish } from "./acts.tsx";
import { fields, reasons, useLetterFilter, useLetterFilters, type LetterFilter } from "./filter.ts";

export function Page() {
  const [many, setMany] = useState<ManyWish | null>(null);
  const [one, setOne] = useState<DeadLetter | null>(null);
  const filter = useLetterFilter();
  const filters = useLetterFilters();
  const list = useList<DeadLetter>("/v1/dead-letters", {}, fields);
  const { why } = useMay("dead_letters.write");
  const wish = (action: ManyWish["action"], of = filter) => setMany({ action, filter: of });
  const isAll = Object.keys(filter).length === 0;
  const discardWhy = why ?? (isAll ? "Choose a filter first: all at once are discarded by nobody." : null);
  return (
    <>
      <PageHeader
        title="Dead letters"
        actions={
          <>
            <Button why={why} onClick={() => wish("replay")}>
              Retry all that match
            </Button>
            <Button kind="danger" why={discardWhy} onClick={() => wish("discard")}>
              Discard all that match
            </Button>
          </>
        }
      />
      <div className="mb-4 grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
        {reasons.map((each) => (
          <Group key={each} reason={each} others={filter} why={why} onRetry={(of) => wish("replay", of)} />
        ))}
      </div>
      <Section flush>
        <DataTable
          name="Dead letters"
          columns={columnsOf(why, setOne)}
          list={list}
          filters={filters}
          linkOf={null}
          empty={<Empty title="No dead letters">All work goes on by itself. What fails again and again would stand here.</Empty>}
        />
      </Section>
      {many !== null && <ManyLetters wish={many} onClose={() => setMany(null)} />}
      {one !== null && <OneDiscarded letter={one} onClose={() => setOne(null)} />}
    </>
  );
}

interface GroupProps {
  readonly reason: DeadLetterReason;
  /** The filters of the list: what they leave out is not counted. */
  readonly others: LetterFilter;
  readonly why: string | null;
  readonly onRetry: (of: LetterFilter) => void;
}

/** How many of what the filters show fail for this reason. */
function Group({ reason, others, why, onRetry }: GroupProps) {
  const filter = { ...others, reason };
  const { reason: _asked, ...all } = others;
  // One answer for all cards. It counts what each would show, so the filter by reason stays out of it.
  const { data } = useApi<ListPage<DeadLetterGroup>>("/v1/dead-letters/groups", all, { everyMs: 5_000 });
  const setQuery = useSetQuery();
  const group = data?.data.find((one) => one.reason === reason);
  const count = group?.count ?? 0;
  const name = wordsOf(reason);
  return (
    <section aria-label={name} className="flex min-w-0 flex-col rounded-lg border border-line bg-surface px-4 py-3">
      <h2 className="text-xs text-muted">{name}</h2>
      <p className="figures mt-1 text-xl font-semibold">
        {data === undefined ? "–" : `${count.toLocaleString()}${group?.count_is_capped === true ? "+" : ""}`}
      </p>
      <p className="mt-1 flex-auto text-xs text-muted">{wordsOf(deadLetterReasons[reason].means)}.</p>
      {(count > 0 || group?.count_is_capped === true) && (
        <p className="mt-2 flex flex-wrap gap-2">
          <Button small onClick={() => setQuery({ reason, starting_after: undefined })} aria-label={`Show: ${name}`}>
            Show
          </Button>
          <Button small why={why} onClick={() => onRetry(filter)} aria-label={`Retry group: ${name}`}>
            Retry group
          </Button>
        </p>
      )}
    </section>
  );
}

function columnsOf(why: string | null, onDiscard: (letter: DeadLetter) => void): readonly Column<DeadLetter>[] {
  return [
    { id: "reason", header: "Reason", cell: ({ reason }) => wordsOf(reason) },
    { id: "kind", header: "Work", cell: ({ kind }) => kind },
    { id: "subject", header: "About", wide: true, cell: ({ subject }) => <span className="font-mono text-xs">{subject}</span> },
    {
      id: "detail",
      header: "Last failure",
      wide: true,
      cell: ({ detail }) => (
        <span className="inline-block max-w-48 truncate align-middle" title={detail ?? ""}>
          {shortOf(detail)}
        </span>
      ),
    },
    { id: "at", header: "Since", wide: true, cell: ({ at }) => (at === null ? "–" : <Time at={at} />) },
    {
      id: "acts",
      header: "Acts",
      right: true,
      cell: (letter) => <RowActs letter={letter} why={why} onDiscard={() => onDiscard(letter)} />,
    },
  ];
}

/** Of a delivery, what it was and where it went stands beside it: its failure is what one looks for. */
function shortOf(detail: string | null): string {
  return detail?.replace(/^\S+ to \S+ failed (\d+ times?)/, "Failed $1") ?? "–";
}

function RowActs({ letter: { id, subject }, why, onDiscard }: { letter: DeadLetter; why: string | null; onDiscard: () => void }) {
  const act = useAct<void>({
    call: () => ({ method: "POST", path: path`/v1/dead-letters/${id}/replay`, body: {} }),
    onDone: () => toast(`Tried again: ${subject}`),
  });
  return (
    <span className="relative z-[1] inline-flex gap-2">
      <Button
        small
        why={why ?? act.error?.message ?? null}
        busy={act.isPending}
        aria-label={`Retry ${subject}`}
        onClick={() => act.mutate()}
      >
        Retry
      </Button>
      <Button small kind="quiet" why={why} aria-label={`Discard ${subject}`} onClick={onDiscard}>
        Discard
      </Button>
    </span>
  );
}
