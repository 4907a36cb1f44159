/** What became of one request. Its body is redacted before it is kept. */
import type { RequestObject } from "@tillway/sdk";
import { path } from "../../kit/api.ts";
import { Badge } from "../../kit/badge.tsx";
import { CopyId } from "../../kit/copy.tsx";
import { useApi } from "../../kit/data.ts";
import { DescriptionList, JsonView, PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { useParam } from "../../kit/scope.ts";
import { Loaded } from "../../kit/states.tsx";
import { durationOf, Time } from "../../kit/time.tsx";

export function Page() {
  const id = useParam("id");
  const read = useApi<RequestObject>(path`/v1/requests/${id}`);
  const title = read.data === undefined ? "Request" : `${read.data.method} ${read.data.route}`;
  return (
    <>
      <PageHeader title={title} about={<CopyId id={id} />} back={{ to: "requests", label: "Requests" }} />
      <Loaded of={read}>
        {(request) => (
          <div className="grid gap-4">
            <Section title="Answer">
              <DescriptionList
                items={[
                  ["Status", <Status key="status" status={request.status} />],
                  request.error_code !== null && ["Refused because", <code key="code">{request.error_code}</code>],
                  ["Answered", <Time key="at" whole at={request.created_at} />],
                  request.duration_ms !== null && ["Took", durationOf(request.duration_ms)],
                  request.subject !== null && ["About", <CopyId key="subject" id={request.subject} />],
                  request.payment_id !== null && ["Payment", <Id key="payment" to="payments" id={request.payment_id} />],
                  request.resource_id !== null && ["Made", <CopyId key="made" id={request.resource_id} />],
                  request.event_id !== null && ["Event", <Id key="event" to="events" id={request.event_id} />],
                  request.key_id !== null && ["API key", <CopyId key="key" id={request.key_id} />],
                ]}
              />
            </Section>
            <Section title="Body, redacted">
              {request.body === null ? (
                <p className="text-sm text-muted">It had none, or it was not kept.</p>
              ) : (
                <JsonView value={request.body} />
              )}
            </Section>
          </div>
        )}
      </Loaded>
    </>
  );
}

function Status({ status }: { status: number | null }) {
  if (status === null) return "The caller hung up";
  return <Badge tone={status < 300 ? "good" : status < 500 ? "warn" : "bad"}>{String(status)}</Badge>;
}

function Id({ to, id }: { to: string; id: string }) {
  return (
    <PageLink to={`${to}/${id}`} className={`font-mono text-xs ${linkLook}`}>
      {id}
    </PageLink>
  );
}
