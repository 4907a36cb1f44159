/** The form: how to pay, and the button. */
import type { JSX } from "preact";
import type { Method } from "../contract.ts";
import { isKey } from "../i18n.ts";
import { CardForm, GatewayFields } from "./card-form.tsx";
import { useView } from "./context.ts";
import { Icon, methodIcon } from "./icons.tsx";
import { MethodFields } from "./method-fields.tsx";
import { Notice } from "./notices.tsx";
import { TestRibbon } from "./test-ribbon.tsx";

export function Form(): JSX.Element {
  const { state, say, view, doings, amount } = useView();
  const submit = (event: Event): void => {
    event.preventDefault();
    doings.submit();
  };
  return (
    <>
      {view.test && <TestRibbon test={view.test} />}
      <Notice />
      <form class="form" noValidate onSubmit={submit} data-ready>
        <fieldset class="methods">
          <legend>{say("methods")}</legend>
          <div class="method-list">
            {view.methods.map((method) => (
              <MethodRow key={method.type} method={method} isChosen={state.method === method.type} />
            ))}
          </div>
        </fieldset>
        <button type="submit" class="primary">
          <Icon name="lock" />
          {say("pay", { amount })}
        </button>
        {!state.isEmbedded && view.cancel_url !== null && (
          <button type="button" class="plain" disabled={state.isCanceling} onClick={() => doings.cancelSession()}>
            {say(state.isCanceling ? "canceling" : "cancel")}
          </button>
        )}
        <p class="fine">{say("secure")}</p>
      </form>
    </>
  );
}

function MethodRow({ method, isChosen }: { readonly method: Method; readonly isChosen: boolean }): JSX.Element {
  const { view, say, dispatch } = useView();
  const key = `method.${method.type}`;
  const fields = method.type !== "card" ? <MethodFields method={method} /> : view.card === "fields" ? <GatewayFields /> : <CardForm />;
  return (
    <div class={`method${isChosen ? " method-chosen" : ""}`}>
      <label class="method-head">
        <input
          type="radio"
          name="method"
          value={method.type}
          checked={isChosen}
          onChange={() => dispatch({ type: "chosen", method: method.type })}
        />
        <Icon name={methodIcon(method.type)} />
        <span>{isKey(key) ? say(key) : method.label}</span>
      </label>
      {isChosen && <div class="method-body">{fields}</div>}
    </div>
  );
}
