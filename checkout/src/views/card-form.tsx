/** The card, in one document, so that browsers and password managers fill all of it at once. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { groupExpiry, groupNumber, networkName, networkOf } from "../card.ts";
import { toAsciiDigits } from "../digits.ts";
import type { FieldsPlace } from "../gateway-fields.ts";
import { usePage } from "./context.ts";
import { fieldId, TextField } from "./field.tsx";

const digits = { inputMode: "numeric", autoCapitalize: "off", spellcheck: false, dir: "ltr" } as const;

export function CardForm(): JSX.Element {
  const { state, say } = usePage();
  const network = networkOf(state.values["card"]?.["number"] ?? "");
  return (
    <div class="card-form">
      <TextField
        method="card"
        name="number"
        label={say("card.number")}
        mark={network && <span class="network">{networkName(network)}</span>}
        shape={(text) => groupNumber(text)}
        input={{ ...digits, autocomplete: "cc-number", placeholder: "1234 1234 1234 1234" }}
      />
      <TextField
        method="card"
        name="expiry"
        label={say("card.expiry")}
        hint={say("card.expiry_hint")}
        shape={groupExpiry}
        input={{ ...digits, autocomplete: "cc-exp", maxLength: 9 }}
      />
      <TextField
        method="card"
        name="cvv"
        label={say("card.cvv")}
        hint={say(network === "amex" ? "card.cvv_hint_amex" : "card.cvv_hint")}
        shape={(text) => toAsciiDigits(text).replaceAll(/\D/g, "").slice(0, 4)}
        input={{ ...digits, autocomplete: "cc-csc", maxLength: 4 }}
      />
      <TextField
        method="card"
        name="name"
        label={say("optional", { label: say("card.name") })}
        input={{ autocomplete: "cc-name", spellcheck: false, maxLength: 200, dir: "auto" }}
      />
    </div>
  );
}

/** A real gateway's own fields. They come with a chunk of their own, into an element that nothing here renders into. */
export function GatewayFields(): JSX.Element {
  const { doings, say } = usePage();
  const place = useRef<HTMLDivElement>(null);
  const [where, setWhere] = useState<FieldsPlace | null>(null);
  useEffect(() => {
    void doings.mountFields(place.current!).then(setWhere);
  }, []);
  return (
    <>
      {where === "window" && <p class="hint">{say("window_text")}</p>}
      <div
        class={`gateway-fields${where === "window" ? " gateway-fields-elsewhere" : ""}`}
        id={fieldId("card", "fields")}
        tabIndex={-1}
        ref={place}
      />
    </>
  );
}
