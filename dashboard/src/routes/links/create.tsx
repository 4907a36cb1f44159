import type { PaymentLink } from "@tillway/sdk";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { currencies } from "../../../../server/src/core/money.ts";
import { AmountField, useAmount } from "../../kit/amount-field.tsx";
import { useAct } from "../../kit/data.ts";
import { ConfirmDialog } from "../../kit/dialog.tsx";
import { Checkbox, Field, Select } from "../../kit/field.tsx";
import { usePageAddress } from "../../kit/link.tsx";
import { useOnce } from "../../kit/once.ts";

interface Wish {
  readonly currency: string;
  readonly amount?: number;
  readonly open_amount?: object;
  readonly description?: string;
  readonly uses?: number;
}

const USES_MAX = 1_000_000;
const choices = [...currencies].sort().map((code) => ({ value: code, label: code }));

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const [currency, setCurrency] = useState("INR");
  const [isOpen, setOpen] = useState(false);
  const [description, setDescription] = useState("");
  const [uses, setUses] = useState("1");
  const amount = useAmount(currency, null);
  const navigate = useNavigate();
  const address = usePageAddress();
  const act = useAct<Wish, PaymentLink>({
    call: (body) => ({ method: "POST", path: "/v1/payment-links", body }),
    onDone: ({ id }) => void navigate({ to: address(`payment-links/${id}`) as never }),
  });
  const press = useOnce(act);
  const send = () =>
    press({
      currency,
      ...(isOpen || amount.amount === null ? { open_amount: {} } : { amount: amount.amount }),
      ...(description.trim() === "" ? {} : { description: description.trim() }),
      ...(uses === "" ? {} : { uses: Number(uses) }),
    });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title="New payment link"
      effect="Whoever has its address can pay by it, until it is used up or you deactivate it."
      verb="Create link"
      busy={act.isPending}
      error={act.error}
      why={whyNot(isOpen ? null : amount.error, uses)}
      onConfirm={send}
    >
      <Select label="Currency" choices={choices} value={currency} onChange={(event) => setCurrency(event.target.value)} />
      <Checkbox label="The shopper says how much" checked={isOpen} onChange={(event) => setOpen(event.target.checked)} />
      {!isOpen && <AmountField label="Amount" of={amount} />}
      <Field
        label="For"
        hint="Optional. Shoppers see it."
        maxLength={500}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <Field
        label="How often it can be paid"
        hint="Empty: any number of times."
        inputMode="numeric"
        value={uses}
        onChange={(event) => setUses(event.target.value.trim())}
      />
    </ConfirmDialog>
  );
}

function whyNot(amount: string | null, uses: string): string | null {
  if (amount !== null) return amount;
  const isGood = uses === "" || (/^\d{1,7}$/.test(uses) && Number(uses) >= 1 && Number(uses) <= USES_MAX);
  return isGood ? null : "How often: a number from 1 to 1,000,000, or nothing.";
}
