import type { CheckoutSettings, EmailSettings, Settings } from "@tillway/sdk";
import { useApi } from "../../kit/data.ts";
import { PageHeader } from "../../kit/layout.tsx";
import { Loaded } from "../../kit/states.tsx";
import { Tabs } from "../../kit/tabs.tsx";
import { CheckoutForm } from "./checkout-form.tsx";
import { EmailForm } from "./email-form.tsx";
import { GeneralForm } from "./general-form.tsx";
import { RefundLimitsForm } from "./refund-limits-form.tsx";

export function Page() {
  const tabs = [
    { value: "checkout", label: "Checkout", content: <Checkout /> },
    { value: "email", label: "E-mail to shoppers", content: <Email /> },
    { value: "general", label: "General", content: <General /> },
  ];
  return (
    <>
      <PageHeader title="Settings" />
      <Tabs label="Settings" tabs={tabs} />
    </>
  );
}

// A form is made anew with what was saved, so that it never shows what is not so.
function Checkout() {
  const read = useApi<CheckoutSettings>("/v1/checkout/settings");
  return <Loaded of={read}>{(saved) => <CheckoutForm key={JSON.stringify(saved)} saved={saved} />}</Loaded>;
}

function General() {
  const read = useApi<Settings>("/v1/settings");
  return <Loaded of={read}>{(saved) => <GeneralSettings saved={saved} />}</Loaded>;
}

function GeneralSettings({ saved }: { saved: Settings }) {
  return (
    <>
      <GeneralForm key={saved.time_zone} saved={saved} />
      <RefundLimitsForm key={JSON.stringify(saved.refund_limits)} saved={saved} />
    </>
  );
}

function Email() {
  const read = useApi<EmailSettings>("/v1/email-settings");
  return <Loaded of={read}>{(saved) => <EmailForm key={JSON.stringify(saved)} saved={saved} />}</Loaded>;
}
