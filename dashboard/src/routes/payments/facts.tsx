/** What a payment is: amounts, with what it is paid, for whom, and where. */
import type { Payment } from "@tillway/sdk";
import { StatusBadge, wordsOf } from "../../kit/badge.tsx";
import { CopyId } from "../../kit/copy.tsx";
import { DescriptionList, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { Money } from "../../kit/money.tsx";
import { Time } from "../../kit/time.tsx";
import { refundable } from "./amounts.ts";
import { methodOf } from "./columns.tsx";

export function Facts({ payment }: { payment: Payment }) {
  const { currency, customer, order_id: order, metadata, finalized_at: ended } = payment;
  const money = (amount: number) => <Money amount={amount} currency={currency} />;
  return (
    <Section title="Payment">
      <DescriptionList
        items={[
          ["Amount", money(payment.amount)],
          payment.capture_method === "manual" && ["Held", money(payment.amount_authorized)],
          ["Taken", money(payment.amount_captured)],
          ["Given back", money(payment.amount_refunded)],
          payment.amount_captured > 0 && ["Can be refunded", money(refundable(payment))],
          ["Paid with", methodOf(payment)],
          ["Customer", customer === null ? null : <Customer key="customer" customer={customer} />],
          ["Order", order === null ? null : <OrderOf key="order" id={order} />],
          ["Description", payment.description],
          ["Created", <Time key="created" whole at={payment.created_at} />],
          ended !== null && ["Ended", <Time key="ended" whole at={ended} />],
          ...Object.entries(metadata).map(([name, value]) => [name, value] as const),
        ]}
      />
    </Section>
  );
}

/** A merchant's own name for an order has no page. */
function OrderOf({ id }: { id: string }) {
  if (!id.startsWith("ord_")) return <CopyId id={id} />;
  return (
    <PageLink to={`orders/${id}`} className={`${linkLook} font-mono text-xs break-all`}>
      {id}
    </PageLink>
  );
}

function Customer({ customer }: { customer: NonNullable<Payment["customer"]> }) {
  const { name, email, phone, country } = customer;
  return (
    <>
      {name !== undefined && <div>{name}</div>}
      {email !== undefined && (
        <PageLink to="payments" query={{ customer_email: email }} className={`${linkLook} break-all`}>
          {email}
        </PageLink>
      )}
      <div className="text-muted">{[phone, country].filter(Boolean).join(", ")}</div>
    </>
  );
}

export function Attempts({ payment: { attempts = [], currency } }: { payment: Payment }) {
  return (
    <Section title="At the gateways" flush>
      {attempts.length === 0 && <p className="px-4 py-3 text-sm text-muted">Nothing was sent to a gateway yet.</p>}
      <ul className="divide-y divide-line">
        {attempts.map((one) => (
          <li key={one.id} className="space-y-1 px-4 py-3 text-sm">
            <div className="flex flex-wrap items-center gap-2">
              <span className="font-medium">
                {wordsOf(one.operation)} {one.n}
              </span>
              <Money amount={one.amount} currency={currency} />
              <StatusBadge status={one.status} />
              <PageLink to={`connectors/${one.account_id}`} className={linkLook} title="The account at this gateway">
                {wordsOf(one.connector)}
              </PageLink>
            </div>
            {one.error !== null && <p className="break-words">{one.error.message}</p>}
            {one.operation === "charge" && <p className="break-words text-xs text-muted first-letter:uppercase">{one.routing.reason}</p>}
            <p className="flex flex-wrap gap-x-3 text-xs text-muted">
              <span>
                Key <CopyId id={one.gateway_key} />
              </span>
              {one.gateway_reference !== null && (
                <span>
                  Reference <CopyId id={one.gateway_reference} />
                </span>
              )}
              <PageLink to="payments" query={{ connector_account: one.account_id }} className={`${linkLook} inline-block py-1`}>
                Payments of this account
              </PageLink>
            </p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function Refunds({ payment: { refunds = [] } }: { payment: Payment }) {
  if (refunds.length === 0) return null;
  return (
    <Section title="Refunds" flush>
      <ul className="divide-y divide-line">
        {refunds.map((one) => (
          <li key={one.id} className="space-y-1 px-4 py-3 text-sm">
            <div className="flex flex-wrap items-center gap-2">
              <PageLink to={`refunds/${one.id}`} className={`${linkLook} font-medium`}>
                <Money amount={one.amount} currency={one.currency} />
              </PageLink>
              <StatusBadge status={one.status} />
              <span className="text-xs text-muted">
                <Time at={one.created_at} />
              </span>
            </div>
            {one.reason !== null && <p className="break-words">{one.reason}</p>}
            {one.error !== null && <p className="break-words text-bad">{one.error.message}</p>}
          </li>
        ))}
      </ul>
    </Section>
  );
}
