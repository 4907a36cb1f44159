/** Sends an event that says nothing, and shows what the server answered. */
import type { Delivery, WebhookEndpoint } from "@tillway/sdk";
import { useState } from "react";
import { path } from "../../kit/api.ts";
import { StatusBadge } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { useAct, useApi } from "../../kit/data.ts";
import { Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { useMay } from "../../kit/session.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { durationOf } from "../../kit/time.tsx";

export function TestEvent({ endpoint }: { endpoint: WebhookEndpoint }) {
  const [sent, setSent] = useState<string | null>(null);
  const { why: role } = useMay("webhooks.write");
  const why = role ?? (endpoint.status === "enabled" ? null : "Resume the endpoint first: nothing is sent to it now.");
  const act = useAct<void, Delivery>({
    call: () => ({ method: "POST", path: path`/v1/webhook-endpoints/${endpoint.id}/test`, body: {} }),
    onDone: ({ id }) => setSent(id),
  });
  return (
    <Section
      title="Test event"
      actions={
        <Button why={why} busy={act.isPending} onClick={() => act.mutate()}>
          Send a test event
        </Button>
      }
    >
      {act.error !== null && <ErrorNote error={act.error} />}
      {sent === null ? (
        <p className="text-sm text-muted">An event of type webhook.test, to this endpoint only. Its result is shown here.</p>
      ) : (
        <Result id={sent} />
      )}
    </Section>
  );
}

const ASK_MS = 1_000;

function Result({ id }: { id: string }) {
  const [isOver, setOver] = useState(false);
  const { data, error } = useApi<Delivery>(path`/v1/deliveries/${id}`, {}, isOver ? {} : { everyMs: ASK_MS });
  const last = data?.tries?.at(-1);
  if (data !== undefined && data.status !== "pending" && !isOver) setOver(true);
  if (error !== null) return <ErrorNote error={error} />;
  return (
    <div role="status" className="flex flex-wrap items-center gap-3 text-sm">
      {data === undefined || last === undefined ? (
        <span>On its way…</span>
      ) : (
        <>
          <StatusBadge status={data.status} />
          <span>
            {last.status_code === null
              ? `No answer: ${last.error ?? "unknown"}`
              : `Your server answered ${last.status_code} after ${durationOf(last.duration_ms)}.`}
          </span>
        </>
      )}
      <PageLink to={`deliveries/${id}`} className={linkLook}>
        Its delivery
      </PageLink>
    </div>
  );
}
