/** In test mode: what is typed to see each outcome, one click each. */
import type { JSX } from "preact";
import { groupNumber } from "../card.ts";
import type { TestInputs } from "../contract.ts";
import { useView } from "./context.ts";

/** So many stand in the open; the rest is a click away. */
const SHOWN = 3;

interface Fill {
  readonly label: string;
  readonly method: string;
  readonly values: Readonly<Record<string, string>>;
}

export function TestRibbon({ test }: { readonly test: TestInputs }): JSX.Element {
  const { say, view } = useView();
  const has = (type: string): boolean => view.methods.some((method) => method.type === type);
  const cards = has("card") && view.card === "tokens" ? test.cards.map(cardFill) : [];
  const vpas = has("upi") ? test.vpas.map(vpaFill) : [];
  // Side by side each needs its method: both succeed and both decline.
  const named = vpas.map((fill) => ({ ...fill, label: `${say("method.upi")}: ${fill.label}` }));
  const shown = [...cards.slice(0, SHOWN), ...named.slice(0, SHOWN)];
  const rest = [
    { title: say("test_cards"), fills: cards.slice(SHOWN) },
    { title: say("test_vpas"), fills: vpas.slice(SHOWN) },
  ].filter(({ fills }) => fills.length > 0);
  return (
    <section class="test" aria-label={say("test_mode")}>
      <p class="test-head">
        <strong>{say("test_mode")}</strong> {say("test_note")}
      </p>
      <Chips fills={shown} />
      {rest.length > 0 && (
        <details>
          <summary>{say("test_more")}</summary>
          {rest.map(({ title, fills }) => (
            <div key={title}>
              <p class="test-group">{title}</p>
              <Chips fills={fills} />
            </div>
          ))}
        </details>
      )}
    </section>
  );
}

function Chips({ fills }: { readonly fills: readonly Fill[] }): JSX.Element {
  const { dispatch } = useView();
  return (
    <ul class="chips">
      {fills.map(({ label, method, values }) => (
        <li key={Object.values(values)[0]}>
          <button type="button" class="chip" dir="auto" onClick={() => dispatch({ type: "filled", method, values })}>
            {label}
          </button>
        </li>
      ))}
    </ul>
  );
}

function cardFill({ number, label }: TestInputs["cards"][number]): Fill {
  const isAmex = /^3[47]/.test(number);
  return {
    label,
    method: "card",
    values: { number: groupNumber(number), expiry: "12 / 34", cvv: isAmex ? "1234" : "123", name: "Asha Rao" },
  };
}

function vpaFill({ vpa, label }: TestInputs["vpas"][number]): Fill {
  return { label, method: "upi", values: { vpa } };
}
