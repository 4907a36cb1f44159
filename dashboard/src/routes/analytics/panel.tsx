/** One metric: its charts, the same figures as a table, and as CSV. */
import { useMemo, useState } from "react";
import { ApiError, callRaw } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { Chart } from "../../kit/chart.tsx";
import { useApi } from "../../kit/data.ts";
import { Section } from "../../kit/layout.tsx";
import { saveFile } from "../../kit/save.ts";
import { useQueryText, useScope, useSetQuery } from "../../kit/scope.ts";
import { Empty, Loaded } from "../../kit/states.tsx";
import { toast } from "../../kit/toast.tsx";
import { abouts, chartsOf, titles, type Analytics, type Metric } from "./answer.ts";
import type { Span } from "./span.ts";

/** It is summed up some seconds after what happened. */
const EVERY_MS = 30_000;

/** @param grouped false: this metric has no groups */
export function Panel({ metric, span, grouped = true }: { metric: Metric; span: Span; grouped?: boolean }) {
  const query = {
    metric,
    from: span.from,
    by: span.by,
    time_zone: span.timeZone,
    ...(grouped && span.group !== "" ? { group: span.group } : {}),
  };
  const read = useApi<Analytics>("/v1/analytics", query, { everyMs: EVERY_MS });
  const text = useQueryText();
  const setQuery = useSetQuery();
  const tables = (text["tables"] ?? "").split(",").filter((one) => one !== "");
  const isTable = tables.includes(metric);
  const turn = () =>
    setQuery({ tables: (isTable ? tables.filter((one) => one !== metric) : [...tables, metric]).join(",") }, { replace: true });
  const actions = (
    <>
      <Button small aria-pressed={isTable} aria-label={`${titles[metric]} as a table`} onClick={turn}>
        Table
      </Button>
      <CsvButton metric={metric} query={query} />
    </>
  );
  return (
    <Section title={titles[metric]} actions={actions}>
      <p className="mb-3 text-xs text-muted">{abouts[metric]}</p>
      {isUnserved(read.error) ? (
        <Empty title="Not counted here">The server of this installation is older than this page: it sums up no figures yet.</Empty>
      ) : (
        <Loaded of={read} rows={8}>
          {(answer) => <Charts {...{ metric, answer, span, isTable }} />}
        </Loaded>
      )}
    </Section>
  );
}

function isUnserved(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 404;
}

function Charts({ metric, answer, span, isTable }: { metric: Metric; answer: Analytics; span: Span; isTable: boolean }) {
  const times = useMemo(() => (answer.data[0]?.points ?? []).map(({ at }) => new Date(at).getTime()), [answer]);
  const charts = useMemo(() => chartsOf(metric, answer.data), [metric, answer]);
  if (charts.length === 0) return <Empty title="Nothing in this time">Choose a longer one, or the other mode.</Empty>;
  const { formatTime, formatWhole, timeZone } = span;
  return (
    <div className="space-y-6">
      {answer.rows_are_capped === true && (
        <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
          There is more than one answer can hold: the latest times lack some of it. Choose a shorter time, or no groups.
        </p>
      )}
      {charts.map((chart) => (
        <div key={chart.name}>
          {charts.length > 1 && <h3 className="mb-2 text-sm font-medium">{chart.name}</h3>}
          <Chart {...chart} {...{ times, formatTime, formatWhole, timeZone, isTable }} />
        </div>
      ))}
    </div>
  );
}

function CsvButton({ metric, query }: { metric: Metric; query: Readonly<Record<string, string>> }) {
  const scope = useScope();
  const [busy, setBusy] = useState(false);
  const download = () => {
    setBusy(true);
    callRaw({ path: "/v1/analytics.csv", query, scope }, "text/csv")
      .then(async (response) => saveFile(`${metric}.csv`, await response.blob()))
      .catch((error: Error) => toast(error.message, "bad"))
      .finally(() => setBusy(false));
  };
  return (
    <Button small busy={busy} aria-label={`${titles[metric]} as CSV`} onClick={download}>
      CSV
    </Button>
  );
}
