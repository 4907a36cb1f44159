/** One account: its credentials without their secrets, its test call, and the comparison with the gateway's list. */
import type { ConnectorAccount, Sweep } from "@tillway/sdk";
import { path } from "../../kit/api.ts";
import { Badge, wordsOf } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { CopyBlock, CopyId } from "../../kit/copy.tsx";
import { useAct, useApi } from "../../kit/data.ts";
import { DescriptionList, PageHeader, Section } from "../../kit/layout.tsx";
import { useParam } from "../../kit/scope.ts";
import { useMay } from "../../kit/session.tsx";
import { ErrorNote, Loaded } from "../../kit/states.tsx";
import { Time } from "../../kit/time.tsx";
import { toast } from "../../kit/toast.tsx";
import { AccountActs } from "./acts.tsx";
import { HealthSection } from "./health.tsx";
import { AccountStatus } from "./list.tsx";

const back = { to: "connectors", label: "Connector accounts" };

export function Page() {
  const id = useParam("id");
  const read = useApi<ConnectorAccount>(path`/v1/connector-accounts/${id}`);
  if (read.data !== undefined) return <Shown account={read.data} />;
  return (
    <>
      <PageHeader title="Connector account" back={back} />
      <Section flush>
        <Loaded of={read}>{() => null}</Loaded>
      </Section>
    </>
  );
}

function Shown({ account }: { account: ConnectorAccount }) {
  return (
    <>
      <PageHeader
        title={account.name}
        badge={<AccountStatus account={account} />}
        about={<CopyId id={account.id} />}
        back={back}
        actions={<AccountActs account={account} />}
      />
      <div className="grid gap-4">
        <Section title="Account">
          <DescriptionList
            items={[
              ["Gateway", account.connector],
              ["Priority", `${account.priority} (the lowest is tried first)`],
              ...account.credentials.map(
                ({ name, value, last4, set_at: at }) => [name, <Kept key={name} text={keptText(value, last4)} at={at} />] as const,
              ),
              account.previous_webhook_secret_expires_at !== null && [
                "Webhook secret before",
                <Kept key="before" text="is accepted until" at={account.previous_webhook_secret_expires_at} />,
              ],
              account.closed_at !== null && ["Closed", <Time key="closed" whole at={account.closed_at} />],
            ]}
          />
        </Section>
        <HealthSection id={account.id} />
        <TestCall account={account} />
        <Comparison id={account.id} />
        <Section title="Webhooks of the gateway">
          <p className="mb-2 text-sm text-muted">Register this address at the gateway.</p>
          <CopyBlock label="Address for the gateway's webhooks" text={account.webhook_url} />
        </Section>
      </div>
    </>
  );
}

function keptText(value: string | null, last4: string | null): string {
  return `${value ?? (last4 === null ? "Kept" : `…${last4}`)}, since`;
}

function Kept({ text, at }: { text: string; at: string }) {
  return (
    <>
      {text} <Time at={at} />
    </>
  );
}

function TestCall({ account: { id, verified_at: at } }: { account: ConnectorAccount }) {
  const { why } = useMay("config.write");
  const act = useAct<void>({
    call: () => ({ method: "POST", path: path`/v1/connector-accounts/${id}/test`, body: {} }),
    onDone: () => toast("The gateway accepts its credentials"),
  });
  const button = (
    <Button why={why} busy={act.isPending} onClick={() => act.mutate()}>
      Test call
    </Button>
  );
  return (
    <Section title="Credentials at the gateway" actions={button}>
      {act.error !== null && <ErrorNote error={act.error} />}
      <p role="status" className="text-sm">
        {at === null ? (
          "Never tested."
        ) : (
          <>
            The gateway accepted them last at <Time at={at} />.
          </>
        )}
      </p>
    </Section>
  );
}

const tones = { never: "neutral", running: "info", finished: "good" } as const;

function Comparison({ id }: { id: string }) {
  const { why: role } = useMay("cases.resolve");
  const read = useApi<Sweep>(path`/v1/connector-accounts/${id}/sweep`, {}, { everyMs: 3_000 });
  const act = useAct<void>({
    call: () => ({ method: "POST", path: path`/v1/connector-accounts/${id}/sweep`, body: {} }),
    onDone: () => toast("The comparison has begun"),
  });
  const why = role ?? (read.data?.status === "running" ? "A comparison is under way." : null);
  const button = (
    <Button why={why} busy={act.isPending} onClick={() => act.mutate()}>
      Compare now
    </Button>
  );
  return (
    <Section title="Comparison with the gateway's list" actions={button}>
      {act.error !== null && <ErrorNote error={act.error} />}
      <Loaded of={read} rows={3}>
        {(sweep) => (
          <DescriptionList
            items={[
              [
                "State",
                <Badge key="state" tone={tones[sweep.status]}>
                  {wordsOf(sweep.status)}
                </Badge>,
              ],
              sweep.compared_until !== null && ["Come to", <Time key="to" whole at={sweep.compared_until} />],
              ["Compared until", sweep.swept_until === null ? "Never" : <Time key="until" whole at={sweep.swept_until} />],
              sweep.finished_at !== null && ["Ended", <Time key="ended" whole at={sweep.finished_at} />],
              ["Operations compared", String(sweep.seen)],
              ["Said something new", String(sweep.found)],
              sweep.failure !== null && ["Could not be read", sweep.failure],
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}
