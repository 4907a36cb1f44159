/** How the gateway of an account is, in figures. */
import { Badge } from "../../kit/badge.tsx";
import { useApi, type Page as ListPage } from "../../kit/data.ts";
import { DescriptionList, Section } from "../../kit/layout.tsx";
import { Loaded } from "../../kit/states.tsx";
import { Ago, Time } from "../../kit/time.tsx";

export interface Health {
  readonly account_id: string;
  readonly state: "up" | "trying" | "full" | "down";
  readonly since: string | null;
  readonly open_until: string | null;
  readonly recent_calls: number;
  readonly recent_failures: number;
  readonly usual_latency_ms: number | null;
  readonly last_failure: { readonly at: string; readonly kind: string; readonly reason: string } | null;
  readonly charges: number;
  readonly success_rate: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

const states = {
  up: { tone: "good", words: "Answers" },
  trying: { tone: "info", words: "Being tried again" },
  full: { tone: "warn", words: "Has as many calls as it may" },
  down: { tone: "bad", words: "Does not answer" },
} as const;

export function useHealth() {
  return useApi<ListPage<Health>>("/v1/connector-health", {}, { everyMs: 5_000 });
}

export function HealthBadge({ health }: { health: Health | undefined }) {
  if (health === undefined) return <>–</>;
  const { tone, words } = states[health.state];
  return <Badge tone={tone}>{words}</Badge>;
}

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
export const rateOf = ({ success_rate: rate, charges }: Health): string =>
  rate === null ? "No charges" : `${percent.format(rate)} of ${charges.toLocaleString()}`;
const ms = (time: number | null): string => (time === null ? "–" : `${time.toLocaleString()} ms`);

export function HealthSection({ id }: { id: string }) {
  const read = useHealth();
  return (
    <Section title="How its gateway is">
      <Loaded of={read} rows={4}>
        {({ data }) => {
          const health = data.find(({ account_id: account }) => account === id);
          return health === undefined ? <p className="text-sm text-muted">A closed account is not called.</p> : <Figures health={health} />;
        }}
      </Loaded>
    </Section>
  );
}

function Figures({ health }: { health: Health }) {
  const { since, open_until: until, recent_calls: calls, recent_failures: failures, last_failure: failure } = health;
  return (
    <DescriptionList
      items={[
        ["Now", <HealthBadge key="now" health={health} />],
        since !== null && ["Since", <Time key="since" at={since} />],
        until !== null && ["Tried again", <Time key="until" at={until} />],
        ["Last calls", calls === 0 ? "None since this process began" : `${calls - failures} of ${calls} answered`],
        ["An answer takes now", ms(health.usual_latency_ms)],
        ["Approved in 24 hours", rateOf(health)],
        ["Half took no longer than", ms(health.p50_ms)],
        ["95 of 100 no longer than", ms(health.p95_ms)],
        failure !== null && [
          "Last error",
          <span key="failure">
            {failure.reason} (<Ago at={failure.at} />)
          </span>,
        ],
      ]}
    />
  );
}
