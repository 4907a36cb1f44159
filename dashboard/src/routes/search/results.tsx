import { Navigate } from "@tanstack/react-router";
import { StatusBadge, wordsOf } from "../../kit/badge.tsx";
import { CopyId } from "../../kit/copy.tsx";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { PageLink, usePageAddress } from "../../kit/link.tsx";
import { Money } from "../../kit/money.tsx";
import { useRowKeys } from "../../kit/row-keys.ts";
import { useQueryText } from "../../kit/scope.ts";
import { Empty, Loaded } from "../../kit/states.tsx";
import { Time } from "../../kit/time.tsx";
import { placeOf, subtitleOf, useSearch, type Hit } from "./hits.ts";

export function Page() {
  const keys = useRowKeys<HTMLUListElement>();
  const { q = "", only } = useQueryText();
  const found = useSearch(q);
  const address = usePageAddress();
  const hits = found.isFetching ? undefined : found.data?.data;
  const place = only !== undefined && hits?.length === 1 ? placeOf(hits[0]!) : null;
  // In the place of this page, so that going back goes to where the search was begun.
  if (place !== null) return <Navigate to={address(place) as never} replace />;
  return (
    <>
      <PageHeader title="Search" about={q === "" ? "Type or paste into the box above." : `What was found for “${q}”`} />
      <Section flush>
        {q === "" ? (
          <Hint title="Find anything" />
        ) : (
          <Loaded of={found}>
            {({ data, has_more: isMore }) =>
              data.length === 0 ? (
                <Hint title="Nothing was found" />
              ) : (
                <>
                  <ul ref={keys} aria-label="Found" className="divide-y divide-line">
                    {data.map((hit) => (
                      <Row key={`${hit.kind} ${hit.id}`} hit={hit} />
                    ))}
                  </ul>
                  {isMore && (
                    <p className="border-t border-line px-4 py-3 text-sm text-muted">
                      There are more. Type more of what you look for, or use the filters of Payments.
                    </p>
                  )}
                </>
              )
            }
          </Loaded>
        )}
      </Section>
    </>
  );
}

function Hint({ title }: { title: string }) {
  return (
    <Empty title={title}>
      The id of a payment, order, refund, event or request, an e-mail, the last four digits of a card, an amount, a receipt, or a gateway’s
      reference. Names and telephone numbers are not searched.
    </Empty>
  );
}

function Row({ hit }: { hit: Hit }) {
  const place = placeOf(hit);
  const what = (
    <span className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
      <span className="w-24 shrink-0 text-xs text-muted">{wordsOf(hit.kind)}</span>
      <span className="font-medium">
        {hit.amount !== null && hit.currency !== null ? <Money amount={hit.amount} currency={hit.currency} /> : hit.title}
      </span>
      {hit.status !== null && hit.kind !== "request" && hit.kind !== "event" && <StatusBadge status={hit.status} />}
      <span className="min-w-0 truncate text-muted">{subtitleOf(hit)}</span>
      <span className="text-xs text-muted">by {hit.matched === "email" ? "e-mail" : wordsOf(hit.matched).toLowerCase()}</span>
    </span>
  );
  return (
    <li data-row={hit.id} className="relative px-4 py-2.5 text-sm hover:bg-hover">
      {place === null ? (
        what
      ) : (
        <PageLink to={place} className="block after:absolute after:inset-0 after:content-['']">
          {what}
        </PageLink>
      )}
      <span className="mt-1.5 flex flex-wrap gap-x-3 text-xs text-muted">
        <CopyId id={hit.id} className="relative z-[1]" />
        <Time at={hit.created_at} />
      </span>
    </li>
  );
}
