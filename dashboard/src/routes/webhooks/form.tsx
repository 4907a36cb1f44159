/** What an endpoint is made of: to add one, and to change it. */
import type { WebhookEndpoint } from "@tillway/sdk";
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { useAct } from "../../kit/data.ts";
import { Dialog } from "../../kit/dialog.tsx";
import { Checkbox, Field, Select } from "../../kit/field.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { eventFilters } from "../../../../server/src/core/events.ts";

export interface EndpointBody {
  readonly url?: string;
  readonly description: string | null;
  readonly events: readonly string[];
  readonly retry_schedule?: string;
}

interface Props {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly verb: string;
  /** What is changed; left out: a new one. */
  readonly endpoint?: WebhookEndpoint;
  readonly request: (body: EndpointBody) => { readonly method: "POST" | "PATCH"; readonly path: string; readonly body: unknown };
  readonly onDone: (endpoint: WebhookEndpoint) => void;
}

export function EndpointForm(props: Props) {
  return props.open ? <OpenForm {...props} /> : null;
}

const schedules = [
  { value: "default", label: "2 h 36 min" },
  { value: "one_day", label: "A day" },
  { value: "three_days", label: "Three days" },
];

/** How long an event is tried again, in words. */
export function scheduleOf(schedule: string): string {
  return `For ${schedules.find(({ value }) => value === schedule)?.label.replace(/^[AT]/, (letter) => letter.toLowerCase()) ?? schedule}`;
}

function OpenForm({ onClose, title, verb, endpoint, request, onDone }: Props) {
  const [url, setUrl] = useState(endpoint?.url ?? "");
  const [description, setDescription] = useState(endpoint?.description ?? "");
  const [events, setEvents] = useState<readonly string[]>(endpoint?.events ?? ["*"]);
  const [schedule, setSchedule] = useState<string>(endpoint?.retry_schedule ?? "default");
  const act = useAct<EndpointBody, WebhookEndpoint>({ call: request, onDone });
  const why = url.trim() === "" ? "Say the URL first." : events.length === 0 ? "Choose at least one event." : null;
  const send = () =>
    act.mutate({
      // With headers of its own, another server's URL needs these anew: an URL that stays is not named.
      ...(url.trim() === endpoint?.url ? {} : { url: url.trim() }),
      description: description.trim() === "" ? null : description.trim(),
      events,
      ...(schedule === endpoint?.retry_schedule || schedule === "custom" ? {} : { retry_schedule: schedule }),
    });
  const known = schedules.some(({ value }) => value === schedule) ? schedules : [...schedules, { value: schedule, label: schedule }];
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button kind="primary" busy={act.isPending} why={why} onClick={send}>
            {verb}
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <Field
          label="URL"
          type="url"
          value={url}
          placeholder="https://shop.example/webhooks"
          hint="http or https, at a public address."
          error={act.error?.param === "url" ? act.error.message : null}
          onChange={(event) => setUrl(event.target.value)}
        />
        <Field label="Description" value={description} maxLength={500} onChange={(event) => setDescription(event.target.value)} />
        <EventChoice events={events} onChange={setEvents} />
        <Select
          label="Tried again for"
          value={schedule}
          choices={known}
          hint="How long an event that does not arrive is tried again."
          onChange={(event) => setSchedule(event.target.value)}
        />
        {act.error !== null && <ErrorNote error={act.error} fields={["url"]} />}
      </div>
    </Dialog>
  );
}

function EventChoice({ events, onChange }: { events: readonly string[]; onChange: (events: readonly string[]) => void }) {
  const isAll = events.includes("*");
  const toggle = (name: string, isOn: boolean) => onChange(isOn ? [...events, name] : events.filter((one) => one !== name));
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">Events</legend>
      <Checkbox label="All, also those to come" checked={isAll} onChange={(event) => onChange(event.target.checked ? ["*"] : [])} />
      {!isAll && (
        <div className="mt-2 grid gap-1 rounded-md border border-line p-2">
          {eventFilters
            .filter((name) => name !== "*")
            .map((name) => (
              <Checkbox key={name} label={name} checked={events.includes(name)} onChange={(event) => toggle(name, event.target.checked)} />
            ))}
        </div>
      )}
    </fieldset>
  );
}
