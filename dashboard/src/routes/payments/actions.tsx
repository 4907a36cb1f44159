/** What people do to a payment. Each button says why it is off: the role may not, or there is nothing to do. */
import type { Payment } from "@tillway/sdk";
import { useState } from "react";
import { path } from "../../kit/api.ts";
import { Button } from "../../kit/button.tsx";
import { useAct } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { showMoney } from "../../kit/money.tsx";
import { useOnce } from "../../kit/once.ts";
import { useMay } from "../../kit/session.tsx";
import { toast } from "../../kit/toast.tsx";
import { capturable, refundable } from "./amounts.ts";
import { CaptureDialog } from "./capture.tsx";
import { RefundDialog } from "./refund.tsx";

type Act = "refund" | "capture" | "cancel";

export function Actions({ payment }: { payment: Payment }) {
  const [open, setOpen] = useState<Act | null>(null);
  const operate = useMay("payments.operate");
  const refund = useMay("refunds.write");
  const isEnded = ["succeeded", "failed", "canceled"].includes(payment.status);
  const onClose = () => setOpen(null);
  return (
    <>
      {capturable(payment) > 0 && (
        <Button kind="primary" disabled={!operate.may} why={operate.why} onClick={() => setOpen("capture")}>
          Capture
        </Button>
      )}
      {!isEnded && (
        <Button
          disabled={!operate.may}
          why={operate.why ?? (payment.cancel_requested_at === null ? null : "A cancel was asked for already.")}
          onClick={() => setOpen("cancel")}
        >
          {verbOf(payment)}
        </Button>
      )}
      {payment.amount_captured > 0 && (
        <Button
          disabled={!refund.may}
          why={refund.why ?? (refundable(payment) > 0 ? null : "All of it was given back, or is being.")}
          onClick={() => setOpen("refund")}
        >
          Refund
        </Button>
      )}
      {open === "refund" && <RefundDialog payment={payment} onClose={onClose} />}
      {open === "capture" && <CaptureDialog payment={payment} onClose={onClose} />}
      {open === "cancel" && <CancelDialog payment={payment} onClose={onClose} />}
    </>
  );
}

function verbOf({ status }: Payment): string {
  return status === "authorized" ? "Release hold" : "Cancel payment";
}

function CancelDialog({ payment, onClose }: { payment: Payment; onClose: () => void }) {
  const isHeld = payment.status === "authorized";
  const act = useAct<string>({
    call: (id) => ({ method: "POST", path: isHeld ? path`/v1/payments/${id}/void` : path`/v1/payments/${id}/cancel`, body: {} }),
    onDone: () => {
      toast(isHeld ? "The hold is released" : "The cancel was taken");
      onClose();
    },
  });
  const press = useOnce(act);
  const amount = showMoney(payment.amount, payment.currency);
  return (
    <ConfirmDialog
      open
      danger
      onClose={onClose}
      title={isHeld ? `Release the hold of ${amount}?` : `Cancel the payment of ${amount}?`}
      effect={
        isHeld ? releases(payment) : "No further charge is tried. If one is under way, what it takes is given back. This can't be undone."
      }
      verb={verbOf(payment)}
      busy={act.isPending}
      error={act.error}
      onConfirm={() => press(payment.id)}
    />
  );
}

function releases(payment: Payment): string {
  const held = showMoney(capturable(payment), payment.currency);
  const taken =
    payment.amount_captured === 0 ? "" : ` The ${showMoney(payment.amount_captured, payment.currency)} that was captured stays.`;
  return `${held} goes back to the customer and can't be captured any more.${taken} This can't be undone.`;
}
