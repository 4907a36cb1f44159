/** The home of a merchant without a payment: the first request to paste, and data to look at. */
import { ApiCommand } from "../../kit/api-command.tsx";
import { Button } from "../../kit/button.tsx";
import { useAct } from "../../kit/data.ts";
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
          <ApiCommand label="A request by curl" text={curlOf(mode)} />
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
          About 40 payments at the simulated gateway: most of the outcomes there are, with refunds, a paid order, a webhook that fails on
          purpose, a delivery to recover and a dead letter to retry. Test mode only; no money moves.
        </p>
        {make.error !== null && <ErrorNote error={make.error} />}
        <Button kind="primary" busy={make.isPending} why={why} onClick={() => make.mutate()}>
          {make.isPending ? "Making sample data…" : "Make sample data"}
        </Button>
      </div>
    </Section>
  );
}

function curlOf(mode: "test" | "live"): string {
  return [
    "curl $TILLWAY_URL/v1/payments \\",
    `  -H "X-Api-Key: pk_${mode}_…" -H "X-Api-Secret: sk_${mode}_…" \\`,
    `  -H "Content-Type: application/json" -H "Idempotency-Key: first-payment" \\`,
    `  -d '{"amount": 49900, "currency": "INR", "method": "upi", "upi": {"vpa": "success@sandbox"}, "confirm": true}'`,
  ].join("\n");
}
