/** What holds for both modes: where the merchant's days begin. */
import type { Settings } from "@tillway/sdk";
import { useState } from "react";
import { useAct } from "../../kit/data.ts";
import { Select } from "../../kit/field.tsx";
import { Section } from "../../kit/layout.tsx";
import { useMay } from "../../kit/session.tsx";
import { toast } from "../../kit/toast.tsx";
import { SaveBar } from "./save-bar.tsx";

export function GeneralForm({ saved }: { saved: Settings }) {
  const [zone, setZone] = useState(saved.time_zone);
  const { why } = useMay("config.write");
  const act = useAct<string>({
    call: (time_zone) => ({ method: "PUT", path: "/v1/settings", body: { time_zone } }),
    changes: ["/v1/settings", "/v1/overview", "/v1/analytics"],
    onDone: () => toast("The time zone was saved"),
  });
  return (
    <Section title="Time" className="max-w-3xl">
      <div className="space-y-5">
        <Select
          label="Time zone"
          className="max-w-72"
          value={zone}
          disabled={why !== null}
          hint="Where days begin for everybody here: on the home page, in analytics and in CSV files. In both modes."
          choices={zonesWith(saved.time_zone).map((value) => ({ value, label: value }))}
          onChange={(event) => setZone(event.target.value)}
        />
        <SaveBar
          isChanged={zone !== saved.time_zone}
          fault={null}
          busy={act.isPending}
          error={act.error}
          onSave={() => act.mutate(zone)}
          onReset={() => setZone(saved.time_zone)}
        />
      </div>
    </Section>
  );
}

/** All that the browser knows, with UTC, which it leaves out, and the one that is set, which may go by an older name. */
function zonesWith(set: string): readonly string[] {
  return [...new Set(["UTC", set, ...Intl.supportedValuesOf("timeZone")])];
}
