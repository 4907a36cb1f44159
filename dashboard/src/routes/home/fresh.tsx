/** The home of a merchant without a payment: the first request to paste, and data to look at. */
import type { ConnectorAccount } from "@tillway/sdk";
import { Button } from "../../kit/button.tsx";
import { CopyBlock } from "../../kit/copy.tsx";
import { useAct, useApi, type Page } from "../../kit/data.ts";
import { Section } from "../../kit/layout.tsx";
import { linkLook, PageLink } from "../../kit/link.tsx";
import { useLiveRefresh } from "../../kit/live.tsx";
import { useScope } from "../../kit/scope.ts";
import { useMay } from "../../kit/session.tsx";
import { ErrorNote } from "../../kit/states.tsx";
import { toast } from "../../kit/toast.tsx";

interface SampleData {
  readonly payments: number;
  readonly refunds: number;
}

export function Fresh() {
  const { mode } = useScope();
  const accounts = useApi<Page<ConnectorAccount>>("/v1/connector-accounts");
  // The first payment, wherever it comes from, makes this the page that it will be.
  useLiveRefresh(["/v1/payments"]);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Section title="Make the first payment">
        <div className="space-y-3 text-sm">
          <p>
            Paste this into a terminal. Key and secret are those that <code className="font-mono text-xs">npm start</code> printed, or make
            some under{" "}
            <PageLink to="keys" className={linkLook}>
              Keys
            </PageLink>
            . The payment appears here as it happens.
          </p>
          <CopyBlock label="A request by curl" text={curlOf(mode, apiOf(accounts.data?.data[0]?.webhook_url))} />
        </div>
      </Section>
      {mode === "test" && <Sample title="Or look around first" />}
    </div>
  );
}

/** Also beside few payments: whoever pasted the first one wants to look around all the more. */
export function Sample({ title }: { title: string }) {
  const { why } = useMay("payments.write");
  const make = useAct<void, SampleData>({
    call: () => ({ method: "POST", path: "/v1/sample-data", body: {} }),
    onDone: ({ payments, refunds }) => toast(`Made ${payments} payments and ${refunds} refunds.`),
  });
  return (
    <Section title={title}>
      <div className="space-y-3 text-sm">
        <p>
          About 40 payments at the simulated gateway: most of the outcomes there are, with refunds, a paid order, and a webhook that fails
          on purpose. Test mode only; no money moves.
        </p>
        {make.error !== null && <ErrorNote error={make.error} />}
        <Button kind="primary" busy={make.isPending} why={why} onClick={() => make.mutate()}>
          {make.isPending ? "Making sample data…" : "Make sample data"}
        </Button>
      </div>
    </Section>
  );
}

/** Where the API is, by the address at which it takes a gateway's webhooks: it listens on a port of its own. */
function apiOf(webhookUrl: string | undefined): string {
  return webhookUrl === undefined ? `${location.protocol}//${location.hostname}:8000` : new URL(webhookUrl).origin;
}

function curlOf(mode: "test" | "live", api: string): string {
  return [
    `curl ${api}/v1/payments \\`,
    `  -H "X-Api-Key: pk_${mode}_…" -H "X-Api-Secret: sk_${mode}_…" \\`,
    `  -H "Content-Type: application/json" -H "Idempotency-Key: first-payment" \\`,
    `  -d '{"amount": 49900, "currency": "INR", "method": "upi", "upi": {"vpa": "success@sandbox"}, "confirm": true}'`,
  ].join("\n");
}
