/** One delivery: what is sent, each try with what the server answered, and when the next one is. */
import type { Delivery } from "@tillway/sdk";
import { useEffect, useState, type ReactNode } from "react";
import { path } from "../../kit/api.ts";
import { Badge, StatusBadge } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { CopyId } from "../../kit/copy.tsx";
import { useAct, useApi } from "../../kit/data.ts";
import { DescriptionList, JsonView, PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { useParam } from "../../kit/scope.ts";
import { useMay } from "../../kit/session.tsx";
import { Empty, ErrorNote, Loaded } from "../../kit/states.tsx";
import { durationOf, Time } from "../../kit/time.tsx";
import { toast } from "../../kit/toast.tsx";
import { outcomeOf } from "./outcome.ts";

const ASK_MS = 3_000;
const back = { to: "deliveries", label: "Deliveries" };

export function Page() {
  const id = useParam("id");
  const [isOver, setOver] = useState(false);
  const read = useApi<Delivery>(path`/v1/deliveries/${id}`, {}, isOver ? {} : { everyMs: ASK_MS });
  const over = read.data !== undefined && read.data.status !== "pending";
  useEffect(() => setOver(over), [over]);
  if (read.data !== undefined) return <Shown delivery={read.data} />;
  return (
    <>
      <PageHeader title="Delivery" back={back} />
      <Section flush>
        <Loaded of={read}>{() => null}</Loaded>
      </Section>
    </>
  );
}

function Shown({ delivery }: { delivery: Delivery }) {
  const { id, status, payment_id: payment, event_id: event, endpoint_id: endpoint, channel } = delivery;
  return (
    <>
      <PageHeader
        title={delivery.event_type}
        badge={<StatusBadge status={status} />}
        about={<CopyId id={id} />}
        back={back}
        actions={<Resend delivery={delivery} />}
      />
      <div className="grid gap-4">
        <Section title="Delivery">
          <DescriptionList
            items={[
              ["Goes to", delivery.to ?? delivery.url ?? "Its endpoint was deleted"],
              channel === "webhook" && ["Endpoint", <Id key="endpoint" of="webhooks" id={endpoint} />],
              ["Event", <Id key="event" of="events" id={event} />],
              payment !== null && ["Payment", <Id key="payment" of="payments" id={payment} />],
              ["Owed", <Time key="owed" whole at={delivery.created_at} />],
              ["Next try", <Next key="next" delivery={delivery} />],
              delivery.finished_at !== null && ["Ended", <Time key="ended" whole at={delivery.finished_at} />],
            ]}
          />
        </Section>
        {delivery.by_hand.length > 0 && <ByHand acts={delivery.by_hand} />}
        <Tries delivery={delivery} />
        {delivery.body !== undefined && (
          <Section title="Body, the same at every try">
            <JsonView value={delivery.body} label="Body of the request" />
          </Section>
        )}
      </div>
    </>
  );
}

function Id({ of, id }: { of: string; id: string }) {
  return (
    <PageLink to={`${of}/${id}`} className={`font-mono text-xs ${linkLook}`}>
      {id}
    </PageLink>
  );
}

function Next({ delivery: { status, next_try_at: at, waits_for: waits } }: { delivery: Delivery }) {
  if (status !== "pending") return "None";
  if (waits !== null || at === null) return "Once the endpoint is resumed";
  return (
    <>
      <Countdown at={at} /> (<Time at={at} />)
    </>
  );
}

/** Down to the second. Nothing is read out: the time stands beside it. */
function Countdown({ at }: { at: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((new Date(at).getTime() - now) / 1_000);
  if (seconds <= 0) return "Now";
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return <span className="figures">{`in ${hours > 0 ? `${hours}:` : ""}${two(minutes)}:${two(seconds % 60)}`}</span>;
}

function ByHand({ acts }: { acts: Delivery["by_hand"] }) {
  return (
    <Section title="Done by people">
      <ul className="space-y-1 text-sm">
        {acts.map(({ action, by, reason, at }) => (
          <li key={at}>
            <Time at={at} /> · {action} by {by}
            {reason !== null && `: ${reason}`}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Tries({ delivery: { tries = [] } }: { delivery: Delivery }) {
  if (tries.length === 0)
    return (
      <Section title="Tries">
        <Empty title="Not tried yet" />
      </Section>
    );
  return (
    <Section title="Tries">
      <ol className="divide-y divide-line">
        {tries.toReversed().map((one) => (
          <Try key={one.n} one={one} />
        ))}
      </ol>
    </Section>
  );
}

function Try({ one }: { one: NonNullable<Delivery["tries"]>[number] }) {
  const { n, at, duration_ms: ms, error, request, response } = one;
  const { tone, text } = outcomeOf(one);
  return (
    <li className="py-3 first:pt-0 last:pb-0">
      <details open={n === 1}>
        <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 text-sm">
          <span className="font-medium">Try {n}</span>
          <Badge tone={tone}>{text}</Badge>
          <span className="figures text-muted">{durationOf(ms)}</span>
          <Time at={at} />
        </summary>
        <div className="mt-3 grid gap-3 md:grid-cols-2">
          <Part title="Request">
            {request === null ? "It was not kept." : <JsonView value={requestText(request)} label={`Request of try ${n}`} />}
          </Part>
          <Part title="Answer">
            {error !== null && <p className="mb-2 text-sm">{error}</p>}
            {response === null || response === "" ? "No body." : <JsonView value={response} label={`Answer of try ${n}`} />}
          </Part>
        </div>
      </details>
    </li>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="min-w-0 text-sm">
      <h3 className="mb-1 text-xs font-medium text-muted">{title}</h3>
      {children}
    </div>
  );
}

function requestText({ method, url, headers }: { method: string; url: string; headers: Readonly<Record<string, string>> }): string {
  return [`${method} ${url}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join("\n");
}

function Resend({ delivery: { id, status } }: { delivery: Delivery }) {
  const { why: role } = useMay("deliveries.retry");
  const act = useAct<void>({
    call: () => ({ method: "POST", path: path`/v1/deliveries/${id}/retry`, body: {} }),
    onDone: () => toast("It is sent again, with its whole schedule from the start."),
  });
  const why = role ?? (status === "pending" ? "It is being tried already." : null);
  return (
    <>
      <Button kind="primary" why={why} busy={act.isPending} onClick={() => act.mutate()}>
        Send again
      </Button>
      {act.error !== null && <ErrorNote error={act.error} />}
    </>
  );
}
