import type { Case, Overview as Today, Payment } from "@tillway/sdk";
import { useApi, type Page as PageOf } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { NewRowsPill, useLiveRefresh, useLiveRows } from "../../kit/live.tsx";
import { Money } from "../../kit/money.tsx";
import { useScope } from "../../kit/scope.ts";
import { Badge, wordsOf } from "../../kit/badge.tsx";
import { RowTable, type Column } from "../../kit/row-table.tsx";
import { Empty, Loaded } from "../../kit/states.tsx";
import { Ago, Time } from "../../kit/time.tsx";
import { PaymentStatus } from "../payments/status.tsx";
import { Figures } from "./figures.tsx";
import { Fresh, Sample } from "./fresh.tsx";
import { homeReads } from "./reads.ts";

const { recent: RECENT, today: TODAY, cases: OPEN } = homeReads;

export function Page() {
  const recent = useApi<PageOf<Payment>>(RECENT.path, RECENT.query);
  const today = useApi<Today>(TODAY.path, TODAY.query, { everyMs: 10_000 });
  const atLeast = today.data?.counts_are_capped === true ? ". Figures are at least so high: more is being counted" : "";
  const about = today.data === undefined ? "Today" : `Today, since midnight in ${today.data.time_zone}${atLeast}`;
  return (
    <>
      <PageHeader title="Home" about={about} />
      <Loaded of={recent} rows={10}>
        {({ data }) => (data.length === 0 ? <Fresh /> : <Overview few={data.length < RECENT.query.limit} today={today.data} />)}
      </Loaded>
    </>
  );
}

function Overview({ few, today }: { few: boolean; today: Today | undefined }) {
  const { mode } = useScope();
  useLiveRefresh(["/v1/cases", "/v1/overview"]);
  return (
    <div className="space-y-4">
      <Figures of={today} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <RecentPayments />
        <div className="space-y-4">
          <OpenCases />
          {few && mode === "test" && <Sample title="See more of it" />}
        </div>
      </div>
    </div>
  );
}

const columns: readonly Column<Payment>[] = [
  { id: "amount", header: "Amount", cell: ({ amount, currency }) => <Money amount={amount} currency={currency} /> },
  { id: "status", header: "Status", cell: (payment) => <PaymentStatus payment={payment} /> },
  { id: "customer", header: "Customer", wide: true, cell: ({ customer }) => customer?.email ?? customer?.name ?? "–" },
  {
    id: "method",
    header: "Method",
    wide: true,
    cell: ({ method }) => (method === null ? "–" : method === "upi" ? "UPI" : wordsOf(method)),
  },
  { id: "created", header: "Created", right: true, cell: ({ created_at: at }) => <Time at={at} /> },
];

function RecentPayments() {
  const recent = useApi<PageOf<Payment>>(RECENT.path, RECENT.query);
  useLiveRows<Payment>("/v1/payments", ({ data }) => ("object" in data && data.object === "payment" ? data : null));
  const list = { ...recent, rows: recent.data?.data };
  const actions = (
    <>
      <NewRowsPill noun={["payment", "payments"]} isNew={({ type }) => type === "payment.created"} onTake={() => void recent.refetch()} />
      <More to="payments" />
    </>
  );
  return (
    <Section title="Newest payments" flush actions={actions}>
      <RowTable
        name="Newest payments"
        columns={columns}
        list={list}
        linkOf={({ id }) => `payments/${id}`}
        empty={<Empty title="No payments yet" />}
      />
    </Section>
  );
}

function OpenCases() {
  const cases = useApi<PageOf<Case>>(OPEN.path, OPEN.query);
  return (
    <Section title="Open cases" flush actions={<More to="cases" />}>
      <Loaded of={cases} rows={4}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="Nothing needs a person">What Tillway can&apos;t decide alone stands here, with what to do.</Empty>
          ) : (
            <ul>
              {data.map(({ id, kind, summary, opened_at: at }) => (
                <li key={id} className="relative border-b border-line px-4 py-3 text-sm last:border-b-0 hover:bg-hover">
                  <PageLink to={`cases/${id}`} className="font-medium after:absolute after:inset-0">
                    {wordsOf(kind)}
                  </PageLink>{" "}
                  <Badge tone="warn">Open</Badge>
                  <p className="mt-0.5 line-clamp-2 text-muted first-letter:uppercase">{summary}</p>
                  <p className="mt-0.5 text-xs text-muted">
                    <Ago at={at} />
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function More({ to }: { to: string }) {
  return (
    <PageLink to={to} className={`text-sm ${linkLook}`}>
      All {to}
    </PageLink>
  );
}
