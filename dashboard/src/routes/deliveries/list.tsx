/** The log of deliveries. Its filters are the address's; one button sends again all that match. */
import type { Delivery, WebhookEndpoint } from "@tillway/sdk";
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { useApi, useList, type Page as ListPage } from "../../kit/data.ts";
import type { Filter } from "../../kit/filters.tsx";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { PageLink } from "../../kit/link.tsx";
import { useQueryText } from "../../kit/scope.ts";
import { useMay } from "../../kit/session.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable } from "../../kit/table.tsx";
import { eventTypes } from "../../../../server/src/core/events.ts";
import { deliveryColumns } from "./columns.tsx";
import { Recover } from "./recover.tsx";

const asChoice = (value: string) => ({ value, label: value });
const sentTypes = Object.entries(eventTypes).flatMap(([type, { webhook }]) => (webhook ? [asChoice(type)] : []));
const statuses = ["pending", "succeeded", "failed", "canceled"].map((value) => ({
  value,
  label: value[0]!.toUpperCase() + value.slice(1),
}));

function useFilters(): readonly Filter[] {
  const { data } = useApi<ListPage<WebhookEndpoint>>("/v1/webhook-endpoints");
  const endpoints = (data?.data ?? []).map(({ id, url }) => ({ value: id, label: url }));
  return [
    { kind: "choice", name: "status", label: "Status", choices: statuses },
    { kind: "choice", name: "event_type", label: "Event", choices: sentTypes },
    { kind: "choice", name: "endpoint_id", label: "Endpoint", choices: endpoints },
    { kind: "text", name: "payment_id", label: "Payment", placeholder: "pay_…" },
  ];
}

export function Page() {
  const filters = useFilters();
  const list = useList<Delivery>("/v1/deliveries", {}, ["status", "event_type", "endpoint_id", "payment_id"]);
  const [isOpen, setOpen] = useState(false);
  const text = useQueryText();
  const { why: role } = useMay("deliveries.retry");
  return (
    <>
      <PageHeader
        title="Deliveries"
        actions={
          <Button kind="primary" why={role ?? whyNot(text)} onClick={() => setOpen(true)}>
            Recover all that match
          </Button>
        }
      />
      <Section flush>
        <DataTable
          name="Deliveries"
          columns={deliveryColumns}
          list={list}
          filters={filters}
          linkOf={({ id }) => `deliveries/${id}`}
          empty={
            <Empty title="No deliveries">
              Each event that is owed to an endpoint or, as e-mail, to a shopper is a line here. Add an endpoint at{" "}
              <PageLink to="webhooks" className="text-accent underline underline-offset-2">
                Webhook endpoints
              </PageLink>
              .
            </Empty>
          }
        />
      </Section>
      <Recover open={isOpen} onClose={() => setOpen(false)} filter={text} />
    </>
  );
}

/** Why what the filters show can't be sent again as a whole. */
function whyNot(text: Readonly<Record<string, string>>): string | null {
  if (text["payment_id"] !== undefined) return "Clear the filter Payment: deliveries of one payment are sent again one by one.";
  if (text["status"] === "pending") return "Pending deliveries are being tried already.";
  return null;
}
