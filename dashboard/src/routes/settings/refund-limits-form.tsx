/** Above which refunds a person must show once more who they are: an amount for each currency. */
import type { Settings } from "@tillway/sdk";
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { useAct } from "../../kit/data.ts";
import { Field } from "../../kit/field.tsx";
import { Section } from "../../kit/layout.tsx";
import { showMoney } from "../../kit/money.tsx";
import { useMay } from "../../kit/session.tsx";
import { toast } from "../../kit/toast.tsx";
import { readTyped, writeTyped } from "../../kit/typed-money.ts";
import { SaveBar } from "./save-bar.tsx";

interface Line {
  readonly currency: string;
  readonly text: string;
}

export function RefundLimitsForm({ saved }: { saved: Settings }) {
  const was = linesOf(saved.refund_limits);
  const [lines, setLines] = useState(was);
  const isOff = useMay("config.write").why !== null;
  const act = useAct<Record<string, number>>({
    call: (refund_limits) => ({ method: "PUT", path: "/v1/settings", body: { time_zone: saved.time_zone, refund_limits } }),
    changes: ["/v1/settings"],
    onDone: () => toast("The limits of refunds were saved"),
  });
  const change = (at: number, line: Line) => setLines(lines.map((each, n) => (n === at ? line : each)));
  const fault = faultOf(lines);
  return (
    <Section title="Refunds" className="mt-4 max-w-3xl">
      <div className="space-y-5">
        <p className="text-sm text-muted">
          Who gives back more than this of a payment shows once more who they are, if they signed in more than 15 minutes ago. Without a
          limit nobody is asked.
        </p>
        {lines.map((line, at) => (
          <LimitLine
            key={at}
            line={line}
            isOff={isOff}
            onChange={(next) => change(at, next)}
            onRemove={() => setLines(lines.toSpliced(at, 1))}
          />
        ))}
        {!isOff && <Button onClick={() => setLines([...lines, { currency: "", text: "" }])}>Add a limit</Button>}
        <SaveBar
          isChanged={JSON.stringify(lines) !== JSON.stringify(was)}
          fault={fault}
          busy={act.isPending}
          error={act.error}
          onSave={() => act.mutate(Object.fromEntries(lines.map(({ currency, text }) => [currency, readLimit(text, currency)!])))}
          onReset={() => setLines(was)}
        />
      </div>
    </Section>
  );
}

interface LineProps {
  readonly line: Line;
  readonly isOff: boolean;
  readonly onChange: (line: Line) => void;
  readonly onRemove: () => void;
}

function LimitLine({ line: { currency, text }, isOff, onChange, onRemove }: LineProps) {
  const limit = isCurrency(currency) ? readLimit(text, currency) : null;
  return (
    <div className="flex flex-wrap items-start gap-2">
      <Field
        label="Currency"
        className="w-24 uppercase"
        value={currency}
        maxLength={3}
        placeholder="INR"
        disabled={isOff}
        onChange={(event) => onChange({ currency: event.target.value.toUpperCase(), text })}
      />
      <Field
        label={`Limit${currency === "" ? "" : ` in ${currency}`}`}
        className="w-40"
        value={text}
        inputMode="decimal"
        disabled={isOff}
        hint={limit === null ? undefined : `Read as ${showMoney(limit, currency)}`}
        onChange={(event) => onChange({ currency, text: event.target.value })}
      />
      {!isOff && (
        <Button kind="quiet" className="mt-6" aria-label={`Remove the limit of ${currency || "this line"}`} onClick={onRemove}>
          Remove
        </Button>
      )}
    </div>
  );
}

const isCurrency = (text: string): boolean => /^[A-Z]{3}$/.test(text);

/** Zero is a limit too: any refund is above it. */
function readLimit(text: string, currency: string): number | null {
  return /^0+(\.0+)?$/.test(text.trim()) ? 0 : readTyped(text, currency).amount;
}

function linesOf(limits: Readonly<Record<string, number>>): readonly Line[] {
  return Object.entries(limits)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([currency, amount]) => ({ currency, text: amount === 0 ? "0" : writeTyped(amount, currency) }));
}

function faultOf(lines: readonly Line[]): string | null {
  if (lines.some(({ currency }) => !isCurrency(currency))) return "A currency has three letters, such as INR.";
  const unread = lines.find(({ currency, text }) => readLimit(text, currency) === null);
  if (unread !== undefined) return `Type the limit in ${unread.currency} as an amount, such as 5000.`;
  const twice = lines.find(({ currency }, at) => lines.findIndex((other) => other.currency === currency) !== at);
  return twice === undefined ? null : `${twice.currency} has two limits.`;
}
