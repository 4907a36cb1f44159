import type { Settings } from "@tillway/sdk";
import { useApi } from "../../kit/data.ts";
import { PageHeader } from "../../kit/layout.tsx";
import { useSetQuery } from "../../kit/scope.ts";
import { Select, type Choice } from "../../kit/field.tsx";
import { titles, ungrouped, type Metric } from "./answer.ts";
import { Loaded } from "../../kit/states.tsx";
import { Panel } from "./panel.tsx";
import { hoursFit, ranges, useSpan, zoneChoices, type Span } from "./span.ts";

export function Page() {
  const settings = useApi<Settings>("/v1/settings");
  return (
    <>
      {settings.data === undefined && <PageHeader title="Analytics" />}
      <Loaded of={settings}>{({ time_zone: zone }) => <Figures zone={zone} />}</Loaded>
    </>
  );
}

function Figures({ zone }: { zone: string }) {
  const span = useSpan(zone);
  return (
    <>
      <PageHeader title="Analytics" about={`Hours and days as they are in ${span.timeZone}.`} />
      <Controls span={span} />
      {/* Columns, no grid: a volume in five currencies is five times as high as what stands beside it. */}
      <div className="-mb-4 gap-4 xl:columns-2">
        {(Object.keys(titles) as Metric[]).map((metric) => (
          <div key={metric} className="mb-4 break-inside-avoid">
            <Panel metric={metric} span={span} grouped={!ungrouped.includes(metric)} />
          </div>
        ))}
      </div>
    </>
  );
}

const groups: readonly Choice[] = [
  { value: "", label: "All together" },
  { value: "connector", label: "By connector" },
  { value: "method", label: "By method" },
  { value: "currency", label: "By currency" },
];

function Controls({ span }: { span: Span }) {
  const setQuery = useSetQuery();
  const steps = [
    { value: "hour", label: "By hour", disabled: !hoursFit(span.range) },
    { value: "day", label: "By day" },
  ];
  return (
    <div className="mb-4 grid grid-cols-2 gap-3 sm:flex sm:flex-wrap">
      <Select
        label="Time"
        value={span.range}
        choices={ranges.map(({ value, label }) => ({ value, label }))}
        onChange={(event) => setQuery({ range: event.target.value, by: undefined })}
      />
      <Select label="Steps" value={span.by} choices={steps} onChange={(event) => setQuery({ by: event.target.value })} />
      <Select label="Groups" value={span.group} choices={groups} onChange={(event) => setQuery({ group: event.target.value })} />
      <Select
        label="Time zone"
        value={span.timeZone}
        choices={zoneChoices(span.timeZone).map((value) => ({ value, label: value }))}
        onChange={(event) => setQuery({ zone: event.target.value })}
      />
    </div>
  );
}
