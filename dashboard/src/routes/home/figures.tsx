/** The row of figures: how today goes, what is unclear, and whether the machinery keeps up. One answer of the API has all of it. */
import type { Overview } from "@tillway/sdk";
import type { ReactNode } from "react";
import { Figure } from "../../kit/layout.tsx";
import { PageLink } from "../../kit/link.tsx";
import { Money } from "../../kit/money.tsx";
import { durationOf } from "../../kit/time.tsx";

export function Figures({ of }: { of: Overview | undefined }) {
  return (
    <div className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-6">
      <Volume volume={of?.volume} />
      <SuccessRate payments={of?.payments} />
      <Linked
        to="payments"
        query={{ status: "processing" }}
        name="Outcome unknown"
        value={of?.unknown_attempts}
        atLeast={of?.counts_are_capped}
        note="Tillway keeps asking"
      />
      <Linked
        to="cases"
        query={{ status: "open" }}
        name="Open cases"
        value={of?.open_cases}
        atLeast={of?.counts_are_capped}
        note="Wait for a person"
      />
      <Linked
        to="webhooks"
        name="Webhooks failing"
        value={of?.webhooks && failing(of.webhooks)}
        note={of?.webhooks && healthOf(of.webhooks)}
      />
      <Linked to="queues" name="Jobs due" value={of?.queues?.due} note={of?.queues && ageOf(of.queues)} />
    </div>
  );
}

function Volume({ volume }: { volume: Overview["volume"] | undefined }) {
  const [first, ...more] = volume ?? [];
  return (
    <Figure
      name="Volume today"
      value={first === undefined ? "–" : <Money amount={first.captured} currency={first.currency} />}
      note={
        first === undefined ? (
          "Nothing captured yet"
        ) : (
          <>
            {more.slice(0, 2).map(({ currency, captured }) => (
              <span key={currency} className="block truncate">
                and <Money amount={captured} currency={currency} />
              </span>
            ))}
            {first.refunded === 0 ? (
              `${first.count.toLocaleString()} captured`
            ) : (
              <span className="block truncate">
                <Money amount={first.refunded} currency={first.currency} /> refunded
              </span>
            )}
          </>
        )
      }
    />
  );
}

function SuccessRate({ payments }: { payments: Overview["payments"] | undefined }) {
  const approved = payments === undefined ? 0 : payments.succeeded + payments.authorized;
  const rate = payments?.success_rate ?? null;
  const note =
    rate === null
      ? "No payment has ended yet"
      : `${approved.toLocaleString()} of ${(approved + payments!.failed).toLocaleString()} that ended`;
  return <Figure name="Success rate" value={rate === null ? "–" : `${(100 * rate).toFixed(1)} %`} note={note} />;
}

const failing = ({ failed, retrying }: NonNullable<Overview["webhooks"]>): number => failed + retrying;

function healthOf({ endpoints, endpoints_left_alone: off }: NonNullable<Overview["webhooks"]>): string {
  if (endpoints === 0) return "No endpoint yet";
  return off === 0 ? "All endpoints answer" : `${off} of ${endpoints} endpoints left alone`;
}

function ageOf({ due, oldest_due_seconds: seconds }: NonNullable<Overview["queues"]>): string {
  return due === 0 || seconds === null ? "Nothing waits" : `The oldest for ${durationOf(seconds * 1_000)}`;
}

interface LinkedProps {
  readonly to: string;
  readonly query?: Record<string, string>;
  readonly name: string;
  /** Null: this person may not see it. */
  readonly value: number | null | undefined;
  /** More than are counted. Nothing is said of none: they are counted. */
  readonly atLeast?: boolean;
  readonly note: ReactNode;
}

function Linked({ to, query = {}, name, value, atLeast = false, note }: LinkedProps) {
  const text = `${atLeast && (value ?? 0) > 0 ? "at least " : ""}${value?.toLocaleString() ?? "–"}`;
  return (
    <Figure
      name={name}
      value={
        <PageLink to={to} query={query} className="hover:underline" aria-label={`${name}: ${text}`}>
          {text}
        </PageLink>
      }
      note={note}
    />
  );
}
