import type { Order, Payment, PaymentList } from "@tillway/sdk";
import { path } from "../../kit/api.ts";
import { StatusBadge } from "../../kit/badge.tsx";
import { CopyId } from "../../kit/copy.tsx";
import { useApi } from "../../kit/data.ts";
import { DescriptionList, PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { useLiveRefresh } from "../../kit/live.tsx";
import { Money, showMoney } from "../../kit/money.tsx";
import { useParam } from "../../kit/scope.ts";
import { Empty, Loaded } from "../../kit/states.tsx";
import { DataTable } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { paymentColumns } from "../payments/columns.tsx";
import { paymentIn } from "../payments/fields.ts";

const PAYMENTS_MAX = 100;

export function Page() {
  const id = useParam("id");
  const own = path`/v1/orders/${id}`;
  const order = useApi<Order>(own);
  const payments = useApi<PaymentList>("/v1/payments", { order_id: id, limit: PAYMENTS_MAX });
  useLiveRefresh([own, "/v1/payments"], (event) => paymentIn(event)?.order_id === id);
  const list = { rows: payments.data?.data, error: payments.error, refetch: payments.refetch };
  return (
    <>
      <PageHeader
        title={order.data === undefined ? "Order" : showMoney(order.data.amount, order.data.currency)}
        badge={order.data && <StatusBadge status={order.data.status} />}
        about={<CopyId id={id} />}
        back={{ to: "orders", label: "Orders" }}
      />
      <Loaded of={order}>
        {(data) => (
          <div className="space-y-4">
            <Facts order={data} />
            <Section title="Payments of this order" flush>
              <DataTable<Payment>
                whole
                name="Payments of this order"
                columns={paymentColumns}
                list={list}
                linkOf={(row) => `payments/${row.id}`}
                empty={<Empty title="Nobody has paid yet">A payment that names this order appears here.</Empty>}
              />
            </Section>
          </div>
        )}
      </Loaded>
    </>
  );
}

function Facts({ order }: { order: Order }) {
  const { currency, payment_link_id: link } = order;
  return (
    <Section title="Order">
      <DescriptionList
        items={[
          ["Amount", <Money key="amount" amount={order.amount} currency={currency} />],
          ["Paid", <Money key="paid" amount={order.amount_paid} currency={currency} />],
          ["Due", <Money key="due" amount={order.amount_due} currency={currency} />],
          ["Receipt", order.receipt],
          link !== null && [
            "Payment link",
            <PageLink key="link" to={`payment-links/${link}`} className={`${linkLook} font-mono text-xs break-all`}>
              {link}
            </PageLink>,
          ],
          ["Created", <Time key="created" whole at={order.created_at} />],
          ...Object.entries(order.notes).map(([name, value]) => [name, value] as const),
        ]}
      />
    </Section>
  );
}
