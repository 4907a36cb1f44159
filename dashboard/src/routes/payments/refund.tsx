import type { Payment, Refund } from "@tillway/sdk";
import { useState } from "react";
import { AmountField, useAmount } from "../../kit/amount-field.tsx";
import { useAct } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { TextArea } from "../../kit/field.tsx";
import { showMoney } from "../../kit/money.tsx";
import { useOnce } from "../../kit/once.ts";
import { toast } from "../../kit/toast.tsx";
import { refundable } from "./amounts.ts";

interface Wish {
  readonly payment_id: string;
  readonly amount: number;
  readonly reason?: string;
}

/** Filled with all that can be given back. What was read of a typed amount stands on the button, before it is pressed. */
export function RefundDialog({ payment, onClose }: { payment: Payment; onClose: () => void }) {
  const { currency } = payment;
  const most = refundable(payment);
  const amount = useAmount(currency, most, { amount: most, what: "can be refunded" });
  const [reason, setReason] = useState("");
  // One key for as long as the dialog is open and its outcome is not known: pressed twice, or again after a lost answer, it is one refund.
  const act = useAct<Wish, Refund>({
    call: (body) => ({ method: "POST", path: "/v1/refunds", body }),
    onDone: ({ amount: given }) => {
      toast(`Refund of ${showMoney(given, currency)} is on its way`);
      onClose();
    },
  });
  const press = useOnce(act);
  const send = () => {
    if (amount.amount !== null)
      press({ payment_id: payment.id, amount: amount.amount, ...(reason.trim() === "" ? {} : { reason: reason.trim() }) });
  };
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Refund the payment of ${showMoney(payment.amount, currency)}`}
      effect={
        <p>
          <span className="money font-medium">{showMoney(most, currency)}</span> can be refunded. The money goes back the way it came; a
          refund can't be taken back.
        </p>
      }
      verb={amount.amount === null ? "Refund" : `Refund ${showMoney(amount.amount, currency)}`}
      busy={act.isPending}
      error={act.error}
      why={amount.error}
      onConfirm={send}
    >
      <AmountField label="Amount" of={amount} />
      <TextArea
        label="Reason"
        hint="Optional. For whoever looks at it later. No card numbers."
        rows={2}
        maxLength={1_000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </ConfirmDialog>
  );
}
