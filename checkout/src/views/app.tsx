/** The whole page: whom the shopper pays and how much, beside what there is to do. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { screenOf, type Screen } from "../state.ts";
import { usePage, useView } from "./context.ts";
import { Leave } from "./leave.tsx";
import { Form } from "./form.tsx";
import { Icon } from "./icons.tsx";
import { AwayPanel, Canceled, Canceling, Expired, Loading, Nothing, Processing, Returned, Success, Unusable, UsedUp } from "./outcomes.tsx";
import { Payee } from "./payee.tsx";
import { Challenge, GatewayWindow, UpiLink } from "./steps.tsx";

const screens: Readonly<Record<Screen, () => JSX.Element>> = {
  loading: Loading,
  away: AwayPanel,
  returned: Returned,
  unusable: Unusable,
  nothing: Nothing,
  form: Form,
  processing: Processing,
  challenge: Challenge,
  upi: UpiLink,
  window: GatewayWindow,
  canceling: Canceling,
  success: Success,
  expired: Expired,
  canceled: Canceled,
  used_up: UsedUp,
};

export function App(): JSX.Element {
  const { state, say, doings } = usePage();
  const screen = screenOf(state);
  const Shown = screens[screen];
  const main = useRef<HTMLElement>(null);
  const last = useRef<Screen>(screen);
  useEffect(() => {
    // Whoever can't see the page change is taken to what is new. A form with a notice takes the focus by itself.
    const from = last.current;
    last.current = screen;
    if (from !== screen && from !== "loading") main.current?.querySelector<HTMLElement>("h2[tabindex], .notice")?.focus();
  }, [screen]);
  const isTwo = !state.isEmbedded && (state.view !== null || screen === "loading");
  return (
    <main class={`page${state.isEmbedded ? " page-embedded" : isTwo ? " page-two" : ""}`} data-screen={screen} ref={main}>
      {state.canClose && (
        <button type="button" class="close" aria-label={say("close")} onClick={() => doings.close()}>
          <Icon name="cross" />
        </button>
      )}
      {state.view ? <Summary /> : <h1 class="hidden">{document.title}</h1>}
      {screen === "loading" && <span class="bone bone-short" />}
      {/*
        Another element than while the view is read: it stands elsewhere, and must not be seen to move. What changes in it by itself, while
        a shopper waits, is read out.
      */}
      <section class="work" key={state.view ? "order" : "none"} aria-live={screen === "form" ? undefined : "polite"}>
        <Shown />
      </section>
      {state.isLeaving && <Leave />}
    </main>
  );
}

function Summary(): JSX.Element {
  const { state, say, view, amount } = useView();
  const left = state.secondsLeft;
  return (
    <section class="summary" aria-label={say("summary")}>
      <Payee merchant={view.merchant} amount={amount} description={view.description} say={say} />
      <p class="order fine">
        {say("order")} <bdi class="reference">{view.order.id}</bdi>
      </p>
      {left !== null && (
        <>
          <p class="note" role="timer">
            {say("time_left", { time: clock(left) })}
          </p>
          {/* Read out each half minute, and not each second. */}
          <p class="hidden" role="status">
            {say("time_left", { time: clock(Math.ceil(left / 30) * 30) })}
          </p>
        </>
      )}
    </section>
  );
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
