/** The page when there is nothing to type: it works, it is done, or there is no way. */
import type { ComponentChildren, JSX } from "preact";
import { networkName } from "../card.ts";
import { returnAddress } from "../return-address.ts";
import { usePage, useView } from "./context.ts";
import { Icon, type IconName } from "./icons.tsx";

interface PanelProps {
  readonly icon: IconName | "spinner";
  readonly tone?: "good" | "bad" | "quiet";
  readonly title: string;
  readonly children?: ComponentChildren;
}

export function Panel({ icon, tone = "quiet", title, children }: PanelProps): JSX.Element {
  return (
    <div class={`panel panel-${tone}`}>
      <span class="panel-mark">{icon === "spinner" ? <span class="spinner" /> : <Icon name={icon} />}</span>
      <h2 tabIndex={-1}>{title}</h2>
      {children}
    </div>
  );
}

export function Processing(): JSX.Element {
  const { state, say, merchant, amount } = useView();
  if (state.isAway) return <AwayPanel />;
  const isUpi = (state.payment?.method ?? state.method) === "upi" && state.stage === "following";
  return (
    <Panel icon={state.isSlow ? "clock" : "spinner"} title={say(state.isSlow ? "slow_title" : "processing_title")}>
      {isUpi && <p>{say("processing_upi", { amount })}</p>}
      <p>{state.isSlow ? say("slow_text", { merchant }) : say("processing_text")}</p>
      {isUpi && <CancelPayment />}
    </Panel>
  );
}

/** The shopper has asked for it to stop; and what is said if the bank had paid by then. */
export function Canceling(): JSX.Element {
  const { state, say, merchant, amount } = useView();
  if (state.isAway) return <AwayPanel />;
  const cancel = state.payment!.cancel!;
  if (cancel === "requested")
    return (
      <Panel icon="spinner" title={say("canceling")}>
        <p>{say("canceling_text")}</p>
      </Panel>
    );
  return (
    <Panel
      icon={cancel === "refund_failed" ? "alert" : "clock"}
      tone={cancel === "refund_failed" ? "bad" : "quiet"}
      title={say("late_title")}
    >
      <p>{say(cancel === "refund_failed" ? "late_failed" : "late_text", { merchant, amount })}</p>
    </Panel>
  );
}

export function AwayPanel(): JSX.Element {
  const { state, say, doings } = usePage();
  return (
    <Panel icon="alert" tone="bad" title={say(state.isOffline ? "offline_title" : "away_title")}>
      <p>{say(state.isOffline ? "offline_text" : "away_text")}</p>
      <button type="button" class="secondary" onClick={() => doings.tryNow()}>
        {say("away_now")}
      </button>
    </Panel>
  );
}

export function CancelPayment(): JSX.Element {
  const { state, say, doings } = usePage();
  return (
    <button type="button" class="plain" disabled={state.isCanceling} onClick={() => doings.cancelPayment()}>
      {say(state.isCanceling ? "canceling" : "cancel_payment")}
    </button>
  );
}

export function Success(): JSX.Element {
  const { state, say, view, merchant, amount, doings } = useView();
  const { payment } = state;
  const back = view.return_url !== null && payment ? returnAddress(view.return_url, payment) : null;
  return (
    <Panel icon="check" tone="good" title={say("success_title")}>
      <p>{say("success_text", { merchant, amount })}</p>
      {payment?.card && (
        <p>
          {say("success_card", {
            network: payment.card.network ? networkName(payment.card.network) : say("method.card"),
            last4: payment.card.last4,
          })}
        </p>
      )}
      {payment && (
        <p class="fine">
          {say("success_reference")} <bdi class="reference">{payment.id}</bdi>
        </p>
      )}
      {state.goesBack && <p role="status">{say("success_continue")}</p>}
      {back !== null && !state.isEmbedded ? (
        <a class="primary" href={back}>
          {say("success_return", { merchant })}
        </a>
      ) : (
        !state.isEmbedded && <p class="fine">{say("success_close")}</p>
      )}
      {state.canClose && (
        <button type="button" class="secondary" onClick={() => doings.close()}>
          {say("close")}
        </button>
      )}
    </Panel>
  );
}

export function Expired(): JSX.Element {
  const { say, merchant } = useView();
  return (
    <Panel icon="clock" title={say("expired_title")}>
      <p>{say("expired_text", { merchant })}</p>
      <BackLink />
    </Panel>
  );
}

export function Canceled(): JSX.Element {
  const { say } = usePage();
  return (
    <Panel icon="cross" title={say("canceled_title")}>
      <p>{say("canceled_text")}</p>
      <BackLink />
    </Panel>
  );
}

export function Nothing(): JSX.Element {
  const { say, merchant } = useView();
  return (
    <Panel icon="alert" title={say("none_title")}>
      <p>{say("none_text", { merchant })}</p>
      <BackLink />
    </Panel>
  );
}

function BackLink(): JSX.Element | null {
  const { state, say, view, merchant } = useView();
  const back = view.cancel_url ?? view.return_url;
  if (back === null || state.isEmbedded) return null;
  return (
    <a class="secondary" href={back}>
      {say("back", { merchant })}
    </a>
  );
}

/** Of a payment link that others have paid meanwhile. */
export function UsedUp(): JSX.Element {
  const { say, merchant } = useView();
  return (
    <Panel icon="check" title={say("used_up_title")}>
      <p>{say("used_up_text", { merchant })}</p>
    </Panel>
  );
}

export function Unusable(): JSX.Element {
  const { say } = usePage();
  return (
    <Panel icon="alert" tone="bad" title={say("unusable_title")}>
      <p>{say("unusable_text")}</p>
    </Panel>
  );
}

/** As high as a form, so that nothing moves when it comes. */
export function Loading(): JSX.Element {
  const { say } = usePage();
  return <Bones label={say("loading")} />;
}

export function Bones({ label }: { readonly label: string }): JSX.Element {
  return (
    <div class="loading">
      <p class="hidden" role="status">
        {label}
      </p>
      <span class="bone" />
      <span class="bone bone-tall" />
      <span class="bone" />
    </div>
  );
}

/** What a bank's page comes back to, where the page that waits is another. */
export function Returned(): JSX.Element {
  const { say } = usePage();
  return (
    <Panel icon="check" title={say("return_title")}>
      <p>{say("return_text")}</p>
    </Panel>
  );
}
