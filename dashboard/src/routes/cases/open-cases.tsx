/** The open cases of a payment: what happened, what to do, and the way to say that it is done. */
import type { Case, CaseList } from "@tillway/sdk";
import { useState } from "react";
import { wordsOf } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { useApi } from "../../kit/data.ts";
import { Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { useMay } from "../../kit/session.tsx";
import { Ago } from "../../kit/time.tsx";
import { ResolveDialog } from "./resolve.tsx";

export function OpenCases({ paymentId }: { paymentId: string }) {
  const { may } = useMay("cases.read");
  const { data } = useApi<CaseList>("/v1/cases", { payment_id: paymentId, status: "open", limit: 100 }, { enabled: may });
  const [chosen, setChosen] = useState<Case | null>(null);
  const { why } = useMay("cases.resolve");
  if (data === undefined || data.data.length === 0) return null;
  return (
    <Section title="Open cases" flush>
      <ul className="divide-y divide-line">
        {data.data.map((one) => (
          <li key={one.id} className="flex flex-wrap items-start justify-between gap-3 px-4 py-3 text-sm">
            <div className="max-w-prose min-w-0 space-y-1">
              <p>
                <PageLink to={`cases/${one.id}`} className={`${linkLook} font-medium`}>
                  {wordsOf(one.kind)}
                </PageLink>{" "}
                <span className="text-xs text-muted">
                  <Ago at={one.opened_at} />
                </span>
              </p>
              <p className="break-words first-letter:uppercase">{one.summary}</p>
              <p className="break-words text-muted">{one.what_to_do}</p>
            </div>
            <Button why={why} onClick={() => setChosen(one)}>
              Resolve
            </Button>
          </li>
        ))}
      </ul>
      {chosen !== null && <ResolveDialog of={chosen} onClose={() => setChosen(null)} />}
    </Section>
  );
}
