/** The row of figures: how today goes, what is unclear, and whether the machinery keeps up. */
import type { Case, Delivery, Payment, QueueList, WebhookEndpointList } from "@tillway/sdk";
import type { ReactNode } from "react";
import { useApi, type Page } from "../../kit/data.ts";
import { Figure } from "../../kit/layout.tsx";
import { PageLink } from "../../kit/link.tsx";
import { Money } from "../../kit/money.tsx";
import { durationOf } from "../../kit/time.tsx";
import { midnight, useToday, type Today } from "./today.ts";

const MOST = 100;

export function Figures() {
  const today = useToday();
  return (
    <div className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-6">
      <Volume today={today.data} />
      <SuccessRate today={today.data} />
      <Unknown />
      <OpenCases />
      <Webhooks />
      <Queues />
    </div>
  );
}

function Volume({ today }: { today: Today | undefined }) {
  const [first, ...more] = today?.volume ?? [];
  const note = first === undefined ? "Nothing captured yet" : `${first.payments} captured`;
  return (
    <Figure
      name={today?.isCut === true ? `Volume of the newest ${today.all}` : "Volume today"}
      value={first === undefined ? "–" : <Money amount={first.amount} currency={first.currency} />}
      note={more.length === 0 ? note : <Others sums={more} />}
    />
  );
}

function Others({ sums }: { sums: Today["volume"] }) {
  return (
    <>
      {sums.slice(0, 2).map(({ currency, amount }) => (
        <span key={currency} className="block truncate">
          and <Money amount={amount} currency={currency} />
        </span>
      ))}
    </>
  );
}

function SuccessRate({ today }: { today: Today | undefined }) {
  const ended = today === undefined ? 0 : today.succeeded + today.failed;
  const rate = ended === 0 || today === undefined ? "–" : `${((100 * today.succeeded) / ended).toFixed(1)} %`;
  return (
    <Figure
      name="Success rate"
      value={rate}
      note={ended === 0 ? "No payment has ended yet" : `${today?.succeeded} of ${ended} that ended`}
    />
  );
}

function Unknown() {
  const { data } = useApi<Page<Payment>>("/v1/payments", { status: "processing", limit: MOST }, { everyMs: 30_000 });
  return <Linked to="payments" query={{ status: "processing" }} name="Outcome unknown" page={data} note="Tillway keeps asking" />;
}

function OpenCases() {
  const { data } = useApi<Page<Case>>("/v1/cases", { status: "open", limit: MOST });
  return <Linked to="cases" query={{ status: "open" }} name="Open cases" page={data} note="Wait for a person" />;
}

function Webhooks() {
  const { data: endpoints } = useApi<WebhookEndpointList>("/v1/webhook-endpoints");
  const { data } = useApi<Page<Delivery>>("/v1/deliveries", { status: "pending,failed", created_from: midnight(), limit: MOST });
  const tried = data?.data.filter(({ tries_made: tries, last_status_code: code }) => tries > 0 && (code === null || code >= 300)) ?? [];
  const off = endpoints?.data.filter(({ status, left_alone_until: until }) => status !== "enabled" || until !== null).length ?? 0;
  const note =
    endpoints?.data.length === 0
      ? "No endpoint yet"
      : off === 0
        ? "All endpoints answer"
        : `${off} of ${endpoints?.data.length} endpoints left alone`;
  return (
    <Figure
      name="Webhooks failing"
      value={
        <PageLink to="webhooks" className="hover:underline">
          {data === undefined ? "–" : countOf(tried.length, data.has_more)}
        </PageLink>
      }
      note={note}
    />
  );
}

function Queues() {
  const { data } = useApi<QueueList>("/v1/queues", {}, { everyMs: 10_000 });
  const due = data?.data.reduce((sum, queue) => sum + queue.due, 0);
  const oldest = Math.max(0, ...(data?.data.map(({ oldest_due_seconds: seconds }) => seconds ?? 0) ?? []));
  return (
    <Figure
      name="Jobs due"
      value={
        <PageLink to="queues" className="hover:underline">
          {due ?? "–"}
        </PageLink>
      }
      note={due === 0 || due === undefined ? "Nothing waits" : `The oldest for ${durationOf(oldest * 1_000)}`}
    />
  );
}

function Linked({
  to,
  query,
  name,
  page,
  note,
}: {
  to: string;
  query: Record<string, string>;
  name: string;
  page: Page<object> | undefined;
  note: ReactNode;
}) {
  const value = page === undefined ? "–" : countOf(page.data.length, page.has_more);
  return (
    <Figure
      name={name}
      value={
        <PageLink to={to} query={query} className="hover:underline" aria-label={`${name}: ${value}`}>
          {value}
        </PageLink>
      }
      note={note}
    />
  );
}

function countOf(count: number, hasMore: boolean): string {
  return hasMore ? `${count}+` : String(count);
}
