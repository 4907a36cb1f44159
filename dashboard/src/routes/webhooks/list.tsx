/** Where events are sent, and whether they arrive. */
import type { WebhookEndpoint } from "@tillway/sdk";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Badge, StatusBadge } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { ApiCommand } from "../../kit/api-command.tsx";
import { useApi, type Page as ListPage } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { usePageAddress } from "../../kit/link.tsx";
import { useMay } from "../../kit/session.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { EndpointForm, type EndpointBody } from "./form.tsx";
import { SecretOnce } from "./secret.tsx";

const columns: readonly Column<WebhookEndpoint>[] = [
  { id: "url", header: "URL", cell: ({ url }) => <span className="inline-block max-w-56 truncate align-middle sm:max-w-md">{url}</span> },
  { id: "health", header: "Health", cell: (endpoint) => <Health endpoint={endpoint} /> },
  { id: "events", header: "Events", wide: true, cell: ({ events }) => eventsText(events) },
  { id: "schedule", header: "Tries", wide: true, hidden: true, cell: ({ retry_schedule: schedule }) => schedule },
  { id: "created", header: "Created", wide: true, cell: ({ created_at: at }) => <Time at={at} /> },
];

export function eventsText(events: readonly string[]): string {
  if (events.includes("*")) return "All";
  return events.length <= 2 ? events.join(", ") : `${events.slice(0, 2).join(", ")} and ${events.length - 2} more`;
}

/** Its state, and whether it fails so often that it is left alone. */
export function Health({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { status, left_alone_until: until } = endpoint;
  if (status !== "enabled" || until === null) return <StatusBadge status={status} />;
  return (
    <Badge tone="bad" title={`It failed so often in a row that nothing is tried before ${until}.`}>
      Failing
    </Badge>
  );
}

const EXAMPLE = `curl -X POST $TILLWAY_URL/v1/webhook-endpoints \\
  -H "X-Api-Key: $TILLWAY_KEY" -H "X-Api-Secret: $TILLWAY_SECRET" -H "Content-Type: application/json" \\
  -d '{"url":"https://shop.example/webhooks"}'`;

export function Page() {
  const [isOpen, setOpen] = useState(false);
  const [made, setMade] = useState<WebhookEndpoint | null>(null);
  const { why } = useMay("webhooks.write");
  const read = useApi<ListPage<WebhookEndpoint>>("/v1/webhook-endpoints", {}, { everyMs: 10_000 });
  const navigate = useNavigate();
  const address = usePageAddress();
  const add = (kind: "primary" | "plain") => (
    <Button kind={kind} why={why} onClick={() => setOpen(true)}>
      Add endpoint
    </Button>
  );
  return (
    <>
      <PageHeader title="Webhook endpoints" actions={add("primary")} />
      <Section flush>
        <DataTable
          name="Webhook endpoints"
          columns={columns}
          list={{ ...read, rows: read.data?.data }}
          linkOf={({ id }) => `webhooks/${id}`}
          whole
          empty={
            <Empty title="No endpoints yet" action={add("plain")}>
              <p className="mb-3">
                An endpoint is an address of your server. What happens to payments is sent there, signed. Or by the API:
              </p>
              <div className="text-left">
                <ApiCommand label="Command that adds an endpoint" text={EXAMPLE} />
              </div>
            </Empty>
          }
        />
      </Section>
      <EndpointForm
        open={isOpen}
        onClose={() => setOpen(false)}
        title="Add a webhook endpoint"
        verb="Add endpoint"
        request={(body: EndpointBody) => ({ method: "POST", path: "/v1/webhook-endpoints", body })}
        onDone={(endpoint) => {
          setOpen(false);
          setMade(endpoint);
        }}
      />
      <SecretOnce
        endpoint={made}
        onClose={() => {
          if (made !== null) void navigate({ to: address(`webhooks/${made.id}`) as never });
          setMade(null);
        }}
      />
    </>
  );
}
