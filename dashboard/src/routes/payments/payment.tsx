import type { Payment, Timeline } from "@tillway/sdk";
import { path } from "../../kit/api.ts";
import { CopyId } from "../../kit/copy.tsx";
import { useApi } from "../../kit/data.ts";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { useLiveRefresh } from "../../kit/live.tsx";
import { showMoney } from "../../kit/money.tsx";
import { useParam } from "../../kit/scope.ts";
import { ErrorState, Loaded, Loading } from "../../kit/states.tsx";
import { OpenCases } from "../cases/open-cases.tsx";
import { Actions } from "./actions.tsx";
import { PaymentStatus } from "./status.tsx";
import { Attempts, Facts, Refunds } from "./facts.tsx";
import { paymentIdIn } from "./fields.ts";
import { StateBar } from "./state-bar.tsx";
import { TimelineList } from "./timeline.tsx";

/** What no event tells of, such as tries of webhooks, is seen no later. */
const AGAIN_MS = 5_000;

export function Page() {
  const id = useParam("id");
  const own = path`/v1/payments/${id}`;
  const payment = useApi<Payment>(own);
  const timeline = useApi<Timeline>(`${own}/timeline`, {}, { everyMs: AGAIN_MS });
  useLiveRefresh([own, "/v1/cases", "/v1/refunds"], (event) => paymentIdIn(event) === id);
  const back = { to: "payments", label: "Payments" };
  if (payment.data === undefined)
    return (
      <>
        <PageHeader title="Payment" about={id} back={back} />
        {payment.error === null ? <Loading /> : <ErrorState error={payment.error} onRetry={() => void payment.refetch()} />}
      </>
    );
  const shown = payment.data;
  return (
    <>
      <PageHeader
        title={showMoney(shown.amount, shown.currency)}
        badge={<PaymentStatus payment={shown} />}
        about={<CopyId id={shown.id} />}
        back={back}
        actions={<Actions payment={shown} />}
      />
      <div className="space-y-4">
        <Section title="Where it stands">
          <StateBar payment={shown} />
          <p className="mt-4 max-w-prose break-words" aria-live="polite">
            {timeline.data?.summary ?? " "}
          </p>
        </Section>
        <OpenCases paymentId={shown.id} />
        <div className="grid gap-4 lg:grid-cols-2">
          <Facts payment={shown} />
          <div className="min-w-0 space-y-4">
            <Attempts payment={shown} />
            <Refunds payment={shown} />
          </div>
        </div>
        <Section title="Timeline" flush>
          <Loaded of={timeline}>{(data) => <TimelineList timeline={data} />}</Loaded>
        </Section>
      </div>
    </>
  );
}
