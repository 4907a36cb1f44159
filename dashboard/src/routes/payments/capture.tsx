import type { Payment } from "@tillway/sdk";
import { useState } from "react";
import { AmountField, useAmount } from "../../kit/amount-field.tsx";
import { path } from "../../kit/api.ts";
import { useAct } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { Checkbox } from "../../kit/field.tsx";
import { showMoney } from "../../kit/money.tsx";
import { useOnce } from "../../kit/once.ts";
import { toast } from "../../kit/toast.tsx";
import { capturable } from "./amounts.ts";

interface Wish {
  readonly amount: number;
  readonly final: boolean;
}

/** Takes all that is held, or a part of it. */
export function CaptureDialog({ payment, onClose }: { payment: Payment; onClose: () => void }) {
  const { currency, id } = payment;
  const most = capturable(payment);
  const amount = useAmount(currency, most, { amount: most, what: "is held" });
  const [isFinal, setFinal] = useState(false);
  const act = useAct<Wish, Payment>({
    call: (body) => ({ method: "POST", path: path`/v1/payments/${id}/capture`, body }),
    onDone: (_payment, wish) => {
      toast(`Captured ${showMoney(wish.amount, currency)}`);
      onClose();
    },
  });
  const press = useOnce(act);
  const isPart = amount.amount !== null && amount.amount < most;
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Capture of the payment of ${showMoney(payment.amount, currency)}`}
      effect={
        <p>
          <span className="money font-medium">{showMoney(most, currency)}</span> is held and can be captured.
        </p>
      }
      verb={amount.amount === null ? "Capture" : `Capture ${showMoney(amount.amount, currency)}`}
      busy={act.isPending}
      error={act.error}
      why={amount.error}
      onConfirm={() => amount.amount !== null && press({ amount: amount.amount, final: isPart && isFinal })}
    >
      <AmountField label="Amount" of={amount} />
      {isPart && (
        <Checkbox
          label="Release the rest"
          hint={`${showMoney(most - (amount.amount ?? 0), currency)} goes back to the customer and can't be captured later.`}
          checked={isFinal}
          onChange={(event) => setFinal(event.target.checked)}
        />
      )}
    </ConfirmDialog>
  );
}
