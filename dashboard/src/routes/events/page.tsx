/** One event: the bytes that webhooks carry. */
import type { EventObject } from "@tillway/sdk";
import { path } from "../../kit/api.ts";
import { CopyId } from "../../kit/copy.tsx";
import { useApi } from "../../kit/data.ts";
import { DescriptionList, JsonView, PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { placeOf } from "../../kit/places.ts";
import { useParam } from "../../kit/scope.ts";
import { Loaded } from "../../kit/states.tsx";
import { Time } from "../../kit/time.tsx";

export function Page() {
  const id = useParam("id");
  const read = useApi<EventObject>(path`/v1/events/${id}`);
  return (
    <>
      <PageHeader title={read.data?.type ?? "Event"} about={<CopyId id={id} />} back={{ to: "events", label: "Events" }} />
      <Loaded of={read}>
        {(event) => (
          <div className="grid gap-4">
            <Section title="Event">
              <DescriptionList
                items={[
                  ["When", <Time key="when" whole at={event.timestamp} />],
                  ["About", <About key="about" data={event.data} />],
                  ["Version of the API", event.api_version],
                ]}
              />
            </Section>
            <Section title="JSON">
              <JsonView value={event} label="The event as JSON" />
            </Section>
          </div>
        )}
      </Loaded>
    </>
  );
}

function About({ data }: { data: object }) {
  const { id, object } = data as { readonly id?: string; readonly object?: string };
  if (id === undefined) return object ?? "–";
  const place = placeOf(object, id);
  if (place === null) return <CopyId id={id} />;
  return (
    <PageLink to={place} className={`font-mono text-xs ${linkLook}`}>
      {id}
    </PageLink>
  );
}
