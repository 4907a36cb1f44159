/** Which outcomes shoppers are told by e-mail, and in whose name. */
import type { EmailSettings } from "@tillway/sdk";
import { useState } from "react";
import { useAct } from "../../kit/data.ts";
import { Checkbox, Field, Select, TextArea } from "../../kit/field.tsx";
import { Section } from "../../kit/layout.tsx";
import { useMay } from "../../kit/session.tsx";
import { toast } from "../../kit/toast.tsx";
import { SaveBar } from "./save-bar.tsx";

type Outcome = EmailSettings["outcomes"][number];

const outcomes: readonly (readonly [Outcome, string, string])[] = [
  ["succeeded", "The payment succeeded", "With the receipt."],
  ["failed", "The payment failed", "With what the shopper can do."],
  ["refunded", "Money was given back", "With the amount."],
  ["action_needed", "The shopper must still act", "Only while they have not, e.g. at their bank."],
];

const locales: readonly EmailSettings["locale"][] = ["en", "hi", "ar", "de", "es", "fr", "ja", "pt", "zh"];
const languages = new Intl.DisplayNames(["en"], { type: "language" });

type Wish = Pick<EmailSettings, "enabled" | "from_name" | "reply_to" | "line" | "outcomes" | "locale">;

const wishOf = ({ enabled, from_name, reply_to, line, outcomes: told, locale }: EmailSettings): Wish => ({
  enabled,
  from_name,
  reply_to,
  line,
  outcomes: told,
  locale,
});

export function EmailForm({ saved }: { saved: EmailSettings }) {
  const was = wishOf(saved);
  const [wish, setWish] = useState<Wish>(was);
  const { why } = useMay("config.write");
  const isOff = why !== null;
  const act = useAct<Wish>({
    call: (body) => ({ method: "PUT", path: "/v1/email-settings", body }),
    changes: ["/v1/email-settings"],
    onDone: () => toast("E-mail settings were saved"),
  });
  const change = (part: Partial<Wish>) => setWish((before) => ({ ...before, ...part }));
  const clean: Wish = { ...wish, from_name: orNull(wish.from_name), reply_to: orNull(wish.reply_to), line: orNull(wish.line) };
  return (
    <Section title="E-mail to shoppers" className="max-w-3xl">
      <div className="space-y-5">
        <p className="text-sm text-muted">{sentBy[saved.sent_by ?? "none"]}</p>
        <Checkbox
          label="Tell shoppers by e-mail"
          hint="If their payment has an e-mail address."
          checked={wish.enabled}
          disabled={isOff || saved.sent_by === null}
          onChange={(event) => change({ enabled: event.target.checked })}
        />
        <Outcomes {...{ wish, isOff, change }} />
        <Sender {...{ wish, isOff, change }} refused={act.error?.param === "reply_to" ? act.error.message : null} />
        <Words {...{ wish, isOff, change }} />
        <SaveBar
          isChanged={JSON.stringify(clean) !== JSON.stringify(was)}
          fault={clean.outcomes.length === 0 ? "Choose at least one thing that they are told, or turn e-mail off." : null}
          busy={act.isPending}
          error={act.error}
          fields={["reply_to"]}
          onSave={() => act.mutate(clean)}
          onReset={() => setWish(was)}
        />
      </div>
    </Section>
  );
}

interface PartProps {
  readonly wish: Wish;
  readonly isOff: boolean;
  readonly change: (part: Partial<Wish>) => void;
}

function Outcomes({ wish, isOff, change }: PartProps) {
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-medium">What they are told</legend>
      <div className="space-y-2">
        {outcomes.map(([outcome, label, hint]) => (
          <Checkbox
            key={outcome}
            label={label}
            hint={hint}
            checked={wish.outcomes.includes(outcome)}
            disabled={isOff}
            onChange={(event) => change({ outcomes: withOutcome(wish.outcomes, outcome, event.target.checked) })}
          />
        ))}
      </div>
    </fieldset>
  );
}

function Sender({ wish, isOff, change, refused }: PartProps & { refused: string | null }) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label="Sender's name"
        value={wish.from_name ?? ""}
        maxLength={100}
        disabled={isOff}
        hint="Empty: the merchant's name."
        onChange={(event) => change({ from_name: event.target.value })}
      />
      <Field
        label="Where answers go"
        type="email"
        value={wish.reply_to ?? ""}
        maxLength={254}
        disabled={isOff}
        placeholder="help@shop.example"
        hint="Empty: the sender's address."
        error={refused}
        onChange={(event) => change({ reply_to: event.target.value })}
      />
    </div>
  );
}

function Words({ wish, isOff, change }: PartProps) {
  return (
    <>
      <TextArea
        label="Your own words below each message"
        value={wish.line ?? ""}
        rows={2}
        maxLength={500}
        disabled={isOff}
        placeholder="Questions? Call +91 80 0000 0000, Monday to Friday."
        onChange={(event) => change({ line: event.target.value.replaceAll(/[\r\n]+/g, " ") })}
      />
      <Select
        label="Language"
        className="max-w-48"
        value={wish.locale}
        disabled={isOff}
        hint="Of shoppers whose own language is not known."
        choices={locales.map((value) => ({ value, label: languages.of(value) ?? value }))}
        onChange={(event) => change({ locale: event.target.value as Wish["locale"] })}
      />
    </>
  );
}

const sentBy = {
  smtp: "Messages are sent by the mail server of this installation.",
  captured: "Messages are kept and not sent: this installation has no mail server. See them at /emails of the API.",
  none: "E-mail can't be turned on here: the installation has no mail server (SMTP_URL).",
} as const;

/** In the order of the API, so that what was changed and changed back is as it was. */
function withOutcome(before: readonly Outcome[], outcome: Outcome, isOn: boolean): Outcome[] {
  return outcomes.map(([one]) => one).filter((one) => (one === outcome ? isOn : before.includes(one)));
}

function orNull(text: string | null): string | null {
  return text === null || text.trim() === "" ? null : text.trim();
}
