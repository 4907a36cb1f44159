import type { Refund } from "@tillway/sdk";
import { path } from "../../kit/api.ts";
import { StatusBadge } from "../../kit/badge.tsx";
import { CopyId } from "../../kit/copy.tsx";
import { useApi } from "../../kit/data.ts";
import { DescriptionList, PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { useLiveRefresh } from "../../kit/live.tsx";
import { Money, showMoney } from "../../kit/money.tsx";
import { useParam } from "../../kit/scope.ts";
import { Loaded } from "../../kit/states.tsx";
import { Time } from "../../kit/time.tsx";

const kinds: Record<Refund["kind"], string> = {
  merchant: "It was asked for.",
  cancel: "The payment was called off and charged all the same.",
  reversal: "A charge that had failed was taken after all. It is no part of the payment's amounts.",
};

export function Page() {
  const id = useParam("id");
  const own = path`/v1/refunds/${id}`;
  const refund = useApi<Refund>(own);
  useLiveRefresh([own], ({ type, data }) => type.startsWith("refund.") && (data as Refund).id === id);
  const found = refund.data;
  return (
    <>
      <PageHeader
        title={found === undefined ? "Refund" : `Refund of ${showMoney(found.amount, found.currency)}`}
        badge={found && <StatusBadge status={found.status} />}
        about={<CopyId id={id} />}
        back={{ to: "refunds", label: "Refunds" }}
      />
      <Loaded of={refund}>
        {(data) => (
          <Section title="Refund">
            <DescriptionList
              items={[
                ["Amount", <Money key="amount" amount={data.amount} currency={data.currency} />],
                [
                  "Payment",
                  <PageLink key="payment" to={`payments/${data.payment_id}`} className={`${linkLook} font-mono text-xs break-all`}>
                    {data.payment_id}
                  </PageLink>,
                ],
                ["Why", kinds[data.kind]],
                data.reason !== null && ["Reason", data.reason],
                data.error !== null && ["Refused", data.error.message],
                ["Asked for", <Time key="created" whole at={data.created_at} />],
                data.processed_at !== null && ["Ended", <Time key="ended" whole at={data.processed_at} />],
              ]}
            />
          </Section>
        )}
      </Loaded>
    </>
  );
}
