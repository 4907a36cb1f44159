/** One endpoint: what it gets, whether that arrives, its secret, and what can be done to it. */
import type { Delivery, WebhookEndpoint } from "@tillway/sdk";
import { CopyId } from "../../kit/copy.tsx";
import { path } from "../../kit/api.ts";
import { useApi, type Page as ListPage } from "../../kit/data.ts";
import { DescriptionList, PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { useParam } from "../../kit/scope.ts";
import { Empty, Loaded } from "../../kit/states.tsx";
import { DataTable } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { deliveryColumns } from "../deliveries/columns.tsx";
import { EndpointActs } from "./acts.tsx";
import { scheduleOf } from "./form.tsx";
import { eventsText, Health } from "./list.tsx";
import { TestEvent } from "./test-event.tsx";

export function Page() {
  const id = useParam("id");
  const read = useApi<WebhookEndpoint>(path`/v1/webhook-endpoints/${id}`, {}, { everyMs: 10_000 });
  if (read.data === undefined) {
    return (
      <>
        <PageHeader title="Webhook endpoint" back={{ to: "webhooks", label: "Webhook endpoints" }} />
        <Section flush>
          <Loaded of={read}>{() => null}</Loaded>
        </Section>
      </>
    );
  }
  return <Shown endpoint={read.data} />;
}

function Shown({ endpoint }: { endpoint: WebhookEndpoint }) {
  return (
    <>
      <PageHeader
        title={endpoint.url}
        badge={<Health endpoint={endpoint} />}
        about={<CopyId id={endpoint.id} />}
        back={{ to: "webhooks", label: "Webhook endpoints" }}
        actions={<EndpointActs endpoint={endpoint} />}
      />
      <div className="grid gap-4">
        <HealthNote endpoint={endpoint} />
        <Section title="Settings">
          <DescriptionList
            items={[
              ["Description", endpoint.description],
              ["Events", endpoint.events.length > 2 ? endpoint.events.join(", ") : eventsText(endpoint.events)],
              ["Version of the API", endpoint.api_version],
              ["Tried again", scheduleOf(endpoint.retry_schedule)],
              ["Headers of your own", endpoint.header_names.length === 0 ? "None" : endpoint.header_names.join(", ")],
              ["Secret", <SecretText key="secret" endpoint={endpoint} />],
              ["Created", <Time key="created" whole at={endpoint.created_at} />],
            ]}
          />
        </Section>
        <TestEvent endpoint={endpoint} />
        <Recent id={endpoint.id} />
      </div>
    </>
  );
}

function HealthNote({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { status, disabled_reason: reason, left_alone_until: until } = endpoint;
  if (status === "enabled" && until === null) return null;
  return (
    <p className="rounded-md border border-line bg-warn-soft px-3 py-2 text-sm text-ink">
      {status === "paused" && "It is paused: what happens is owed to it and waits. Resume it, and all of that is sent."}
      {status === "disabled" &&
        `It is switched off. ${reason ?? ""} What happens is owed to it and waits; resume it, and all of that is sent.`}
      {status === "enabled" && until !== null && (
        <>
          It failed so often in a row that it is left alone until <Time at={until} />. What it is owed is held, and loses no try by that.
        </>
      )}
    </p>
  );
}

function SecretText({ endpoint }: { endpoint: WebhookEndpoint }) {
  const before = endpoint.previous_secret_expires_at;
  return (
    <>
      <span className="font-mono">…{endpoint.secret_last4}</span>, made <Time at={endpoint.secret_created_at} />
      {before !== null && (
        <>
          ; the one before signs as well until <Time at={before} />
        </>
      )}
    </>
  );
}

function Recent({ id }: { id: string }) {
  const read = useApi<ListPage<Delivery>>("/v1/deliveries", { endpoint_id: id, limit: 10 }, { everyMs: 5_000 });
  const more = (
    <PageLink to="deliveries" query={{ endpoint_id: id }} className={`text-sm ${linkLook}`}>
      All deliveries to it
    </PageLink>
  );
  return (
    <Section title="Latest deliveries" actions={more} flush>
      <DataTable
        name="Latest deliveries"
        columns={deliveryColumns}
        list={{ ...read, rows: read.data?.data }}
        linkOf={(row) => `deliveries/${row.id}`}
        whole
        empty={<Empty title="Nothing was owed to it yet">Send a test event to see one.</Empty>}
      />
    </Section>
  );
}
