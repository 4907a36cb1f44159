/** Which account a payment goes to: the first rule that fits says it. */
import type { ConnectorAccount, RoutingRules } from "@tillway/sdk";
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { useAct, useApi, type Page as ListPage } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { useMay } from "../../kit/session.tsx";
import { Empty, ErrorNote, Loaded } from "../../kit/states.tsx";
import { announce, toast } from "../../kit/toast.tsx";
import { RuleForm } from "./form.tsx";
import { conditionOf, moved, targetOf, type Rule } from "./rule.ts";
import { TryPayment } from "./try.tsx";

export function Page() {
  const read = useApi<RoutingRules>("/v1/routing-rules");
  const accounts = useApi<ListPage<ConnectorAccount>>("/v1/connector-accounts");
  return (
    <>
      <PageHeader
        title="Routing"
        about="The first rule that fits a payment says which accounts are tried, and in which order. Without one: by priority."
      />
      <div className="grid gap-4">
        <Loaded of={read}>
          {(rules) => <Rules rules={{ ...rules, rules: rules.rules ?? [] }} accounts={accounts.data?.data ?? []} />}
        </Loaded>
        <TryPayment accounts={accounts.data?.data ?? []} />
      </div>
    </>
  );
}

interface RulesProps {
  readonly rules: RoutingRules;
  readonly accounts: readonly ConnectorAccount[];
}

function useSave(rules: readonly Rule[], version: number, onDone: () => void) {
  return useAct<void, RoutingRules>({
    call: () => ({ method: "PUT", path: "/v1/routing-rules", body: { rules, version } }),
    onDone: () => {
      onDone();
      toast("Rules saved: they hold for payments from now on");
    },
  });
}

/** Changes are made to a copy, and saved as a whole: the server's findings are about the whole. */
function Rules({ rules: kept, accounts }: RulesProps) {
  const [draft, setDraft] = useState<readonly Rule[] | null>(null);
  const [edited, setEdited] = useState<number | "new" | null>(null);
  const { why } = useMay("config.write");
  const rules = draft ?? kept.rules;
  const act = useSave(rules, kept.version, () => setDraft(null));
  const nameOf = (id: string) => accounts.find((account) => account.id === id)?.name ?? id;
  const move = (at: number, by: -1 | 1) => {
    setDraft(moved(rules, at, by));
    announce(`${rules[at]?.name ?? ""} is now rule ${at + by + 1}`);
  };
  const take = (rule: Rule) => {
    setDraft(edited === "new" ? [...rules, rule] : rules.map((one, at) => (at === edited ? rule : one)));
    setEdited(null);
  };
  const actions = (
    <>
      {draft !== null && <Button onClick={() => setDraft(null)}>Undo changes</Button>}
      <Button why={why} onClick={() => setEdited("new")}>
        Add rule
      </Button>
      <Button
        kind="primary"
        why={why ?? (draft === null ? "Nothing was changed." : null)}
        busy={act.isPending}
        onClick={() => act.mutate()}
      >
        Save rules
      </Button>
    </>
  );
  return (
    <Section title="Rules" actions={actions}>
      {act.error !== null && <ErrorNote error={act.error} />}
      <Warnings of={kept.warnings} />
      {rules.length === 0 && <Empty title="No rules">Accounts are taken by their priority.</Empty>}
      <ol className="divide-y divide-line" aria-label="Rules, in their order">
        {rules.map((rule, at) => (
          <Row
            key={rule.name}
            {...{ rule, at, why, nameOf }}
            isLast={at === rules.length - 1}
            onMove={(by) => move(at, by)}
            onEdit={() => setEdited(at)}
            onRemove={() => setDraft(rules.filter((one) => one !== rule))}
          />
        ))}
      </ol>
      {draft !== null && <p className="mt-3 text-sm text-muted">Not saved yet: nothing changes for payments before.</p>}
      {edited !== null && (
        <RuleForm rule={edited === "new" ? null : rules[edited]!} accounts={accounts} onClose={() => setEdited(null)} onDone={take} />
      )}
    </Section>
  );
}

function Warnings({ of = [] }: { of?: RoutingRules["warnings"] }) {
  if (of.length === 0) return null;
  return (
    <ul role="status" aria-label="What may not be meant" className="mb-3 space-y-1 rounded-md bg-warn-soft px-3 py-2 text-sm text-ink">
      {of.map(({ param, message }) => (
        <li key={`${param} ${message}`}>{message}</li>
      ))}
    </ul>
  );
}

interface RowProps {
  readonly rule: Rule;
  readonly at: number;
  readonly isLast: boolean;
  readonly why: string | null;
  readonly nameOf: (id: string) => string;
  readonly onMove: (by: -1 | 1) => void;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

function Row({ rule, at, isLast, why, nameOf, onMove, onEdit, onRemove }: RowProps) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-0 text-sm">
        <p className="font-medium break-words">{`${at + 1}. ${rule.name}`}</p>
        <p className="break-words text-muted">{`${conditionOf(rule)}: ${targetOf(rule, nameOf)}.`}</p>
      </div>
      <div className="flex flex-wrap gap-1">
        <Button small why={why ?? (at === 0 ? "It is the first." : null)} aria-label={`Move ${rule.name} up`} onClick={() => onMove(-1)}>
          ↑
        </Button>
        <Button small why={why ?? (isLast ? "It is the last." : null)} aria-label={`Move ${rule.name} down`} onClick={() => onMove(1)}>
          ↓
        </Button>
        <Button small why={why} aria-label={`Edit ${rule.name}`} onClick={onEdit}>
          Edit
        </Button>
        <Button small kind="quiet" why={why} aria-label={`Remove ${rule.name}`} onClick={onRemove}>
          Remove
        </Button>
      </div>
    </li>
  );
}
