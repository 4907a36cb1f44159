/** What the shopper does elsewhere: at the bank, in a UPI app, in a gateway's window. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useView } from "./context.ts";
import { AwayPanel, CancelPayment, Panel } from "./outcomes.tsx";

export function Challenge(): JSX.Element {
  const { state, say, amount, doings } = useView();
  if (state.isAway) return <AwayPanel />;
  const url = state.payment!.next_action!.url;
  const { bankWindow } = state;
  return (
    <Panel icon="lock" title={say("challenge_title")}>
      <p>{say("challenge_text", { amount })}</p>
      {bankWindow !== "none" && (
        <p class={`note${bankWindow === "closed" ? " note-bad" : ""}`} role="status">
          {say(bankWindow === "open" ? "challenge_open" : "challenge_closed")}
        </p>
      )}
      <button type="button" class={bankWindow === "open" ? "secondary" : "primary"} onClick={() => doings.openBank(url)}>
        {say(bankWindow === "none" ? "challenge_go" : "challenge_again")}
      </button>
      <CancelPayment />
    </Panel>
  );
}

export function GatewayWindow(): JSX.Element {
  const { state, say, doings } = useView();
  if (state.isAway) return <AwayPanel />;
  return (
    <Panel icon="window" title={say("window_title")}>
      <p>{say("window_text")}</p>
      <button type="button" class="primary" onClick={() => doings.openWindow()}>
        {say("window_go")}
      </button>
      <CancelPayment />
    </Panel>
  );
}

export function UpiLink(): JSX.Element {
  const { state, say, amount } = useView();
  if (state.isAway) return <AwayPanel />;
  const url = state.payment!.next_action!.url;
  return (
    <Panel icon="upi" title={say("upi_title")}>
      <p>{say("upi_text", { amount })}</p>
      <Code text={url} label={say("upi_code")} />
      {url.startsWith("upi:") && (
        <a class="primary" href={url}>
          {say("upi_open")}
        </a>
      )}
      <CancelPayment />
    </Panel>
  );
}

/** The code's library is loaded by who needs it. Its place is kept, so that nothing moves. */
function Code({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const [code, setCode] = useState<{ readonly size: number; readonly path: string } | null>(null);
  useEffect(() => {
    let isGone = false;
    void import("../qr.ts").then(({ qrOf }) => isGone || setCode(qrOf(text)));
    return () => void (isGone = true);
  }, [text]);
  return (
    <div class="code">
      {code && (
        <svg viewBox={`0 0 ${code.size} ${code.size}`} role="img" aria-label={label}>
          <path d={code.path} />
        </svg>
      )}
    </div>
  );
}
