import type { Case } from "@tillway/sdk";
import { useState } from "react";
import { path } from "../../kit/api.ts";
import { StatusBadge, wordsOf } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { CopyId } from "../../kit/copy.tsx";
import { useApi } from "../../kit/data.ts";
import { DescriptionList, JsonView, PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { useParam } from "../../kit/scope.ts";
import { useMay } from "../../kit/session.tsx";
import { Loaded } from "../../kit/states.tsx";
import { Time } from "../../kit/time.tsx";
import { ResolveDialog } from "./resolve.tsx";

/** No event tells that the gateway's answer came and resolved it. */
const AGAIN_MS = 5_000;

export function Page() {
  const id = useParam("id");
  const read = useApi<Case>(path`/v1/cases/${id}`, {}, { everyMs: AGAIN_MS });
  const { why } = useMay("cases.resolve");
  const [isOpen, setOpen] = useState(false);
  const found = read.data;
  return (
    <>
      <PageHeader
        title={found === undefined ? "Case" : wordsOf(found.kind)}
        badge={found && <StatusBadge status={found.status} />}
        about={<CopyId id={id} />}
        back={{ to: "cases", label: "Cases" }}
        actions={
          found?.status === "open" && (
            <Button kind="primary" why={why} onClick={() => setOpen(true)}>
              Resolve
            </Button>
          )
        }
      />
      <Loaded of={read}>{(data) => <Body of={data} />}</Loaded>
      {isOpen && found !== undefined && <ResolveDialog of={found} onClose={() => setOpen(false)} />}
    </>
  );
}

function Body({ of }: { of: Case }) {
  return (
    <div className="space-y-4">
      <Section title="What happened">
        <p className="max-w-prose break-words first-letter:uppercase">{of.summary}</p>
      </Section>
      <Section title="What to do">
        <p className="max-w-prose break-words">{of.what_to_do}</p>
      </Section>
      <Section title="Case">
        <DescriptionList
          items={[
            [
              "Payment",
              of.payment_id === null ? null : (
                <PageLink key="payment" to={`payments/${of.payment_id}`} className={`${linkLook} font-mono text-xs break-all`}>
                  {of.payment_id}
                </PageLink>
              ),
            ],
            ["About", <Subject key="about" id={of.subject} />],
            ["Opened", <Time key="opened" whole at={of.opened_at} />],
            of.resolved_at !== null && ["Resolved", <Time key="resolved" whole at={of.resolved_at} />],
            of.resolved_at !== null && ["Resolved by", of.resolved_by === "answer" ? "The answer that came" : of.resolved_by_name],
            of.resolution !== null && ["Reason", of.resolution],
          ]}
        />
      </Section>
      <Section title="Evidence">
        <JsonView value={of.evidence} label="Evidence" />
      </Section>
    </div>
  );
}

/** A refund has a page; attempts, accounts and messages of a gateway have none. */
function Subject({ id }: { id: string }) {
  if (!id.startsWith("rfnd_")) return <CopyId id={id} />;
  return (
    <PageLink to={`refunds/${id}`} className={`${linkLook} font-mono text-xs break-all`}>
      {id}
    </PageLink>
  );
}
