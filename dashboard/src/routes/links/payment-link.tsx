import type { PaymentLink } from "@tillway/sdk";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { callRaw, path } from "../../kit/api.ts";
import { StatusBadge } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { CopyBlock, CopyId } from "../../kit/copy.tsx";
import { keyOf, useAct, useApi } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { DescriptionList, PageHeader, Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { useLiveRefresh } from "../../kit/live.tsx";
import { Money, showMoney } from "../../kit/money.tsx";
import { useOnce } from "../../kit/once.ts";
import { useParam, useScope } from "../../kit/scope.ts";
import { useMay } from "../../kit/session.tsx";
import { Loaded } from "../../kit/states.tsx";
import { Time } from "../../kit/time.tsx";
import { toast } from "../../kit/toast.tsx";

export function Page() {
  const id = useParam("id");
  const own = path`/v1/payment-links/${id}`;
  const link = useApi<PaymentLink>(own);
  const [isOpen, setOpen] = useState(false);
  const { why } = useMay("payments.write");
  useLiveRefresh([own], ({ type }) => type === "payment.succeeded");
  const found = link.data;
  return (
    <>
      <PageHeader
        title={titleOf(found)}
        badge={found && <StatusBadge status={found.status} />}
        about={<CopyId id={id} />}
        back={{ to: "payment-links", label: "Payment links" }}
        actions={
          found?.status === "active" && (
            <Button why={why} onClick={() => setOpen(true)}>
              Deactivate
            </Button>
          )
        }
      />
      <Loaded of={link}>{(data) => <Body link={data} />}</Loaded>
      {isOpen && found !== undefined && <DeactivateDialog link={found} onClose={() => setOpen(false)} />}
    </>
  );
}

function titleOf(link: PaymentLink | undefined): string {
  if (link === undefined) return "Payment link";
  return link.amount === null ? `Any amount in ${link.currency}` : showMoney(link.amount, link.currency);
}

function Body({ link }: { link: PaymentLink }) {
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_18rem]">
      <div className="min-w-0 space-y-4">
        <Section title="Address">
          <CopyBlock label="The address of the link" text={link.url} />
        </Section>
        <Section title="Payment link">
          <DescriptionList
            items={[
              [
                "Amount",
                link.amount === null ? "The shopper says how much" : <Money key="amount" amount={link.amount} currency={link.currency} />,
              ],
              ["For", link.description],
              ["Paid", link.uses === null ? String(link.times_paid) : `${link.times_paid} of ${link.uses}`],
              [
                "Orders",
                <PageLink key="orders" to="orders" query={{ payment_link_id: link.id }} className={linkLook}>
                  Orders of this link
                </PageLink>,
              ],
              ["Created", <Time key="created" whole at={link.created_at} />],
              link.expires_at !== null && ["Until", <Time key="until" whole at={link.expires_at} />],
              link.deactivated_at !== null && ["Deactivated", <Time key="ended" whole at={link.deactivated_at} />],
            ]}
          />
        </Section>
      </div>
      <Section title="QR code">
        <QrCode id={link.id} />
      </Section>
    </div>
  );
}

/** As a picture: the policy of this page takes none of another origin, and no SVG as part of the document. */
function QrCode({ id }: { id: string }) {
  const scope = useScope();
  const place = path`/v1/payment-links/${id}/qr`;
  const code = useQuery({
    queryKey: keyOf(scope, place),
    queryFn: async ({ signal }) => (await callRaw({ path: place, scope, signal }, "image/svg+xml")).text(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Loaded of={code}>
      {(svg) => {
        const source = `data:image/svg+xml,${encodeURIComponent(svg)}`;
        return (
          <div className="space-y-3 text-center">
            <img src={source} alt="QR code with the address of this link" className="mx-auto w-full max-w-56 rounded" />
            <a href={source} download={`${id}.svg`} className={`${linkLook} text-sm`}>
              Download as SVG
            </a>
          </div>
        );
      }}
    </Loaded>
  );
}

function DeactivateDialog({ link, onClose }: { link: PaymentLink; onClose: () => void }) {
  const act = useAct<string, PaymentLink>({
    call: (id) => ({ method: "POST", path: path`/v1/payment-links/${id}/deactivate`, body: {} }),
    onDone: () => {
      toast("The link is deactivated");
      onClose();
    },
  });
  const press = useOnce(act);
  return (
    <ConfirmDialog
      open
      danger
      onClose={onClose}
      title={`Deactivate the payment link ${link.description === null ? link.id : `“${link.description}”`}?`}
      effect="Nobody can begin to pay by it from then on. A payment under way goes on. This can't be undone."
      verb="Deactivate link"
      busy={act.isPending}
      error={act.error}
      onConfirm={() => press(link.id)}
    />
  );
}
