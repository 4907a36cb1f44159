/** What stands above the form: what is wrong with it, or why the last attempt came to nothing. It takes the focus when it comes. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isKey, type Say } from "../i18n.ts";
import type { Ended } from "../state.ts";
import { usePage } from "./context.ts";
import { fieldId } from "./field.tsx";
import { Icon } from "./icons.tsx";

export function Notice(): JSX.Element | null {
  const { state, say } = usePage();
  const box = useRef<HTMLDivElement>(null);
  const faults = Object.entries(state.faults);
  const hasSome = faults.length > 0 || state.ended !== null;
  useEffect(() => {
    if (state.refusals > 0 && hasSome) box.current?.focus();
  }, [state.refusals]);
  if (!hasSome) return null;
  const isQuiet = faults.length === 0 && (state.ended?.kind === "canceled" || state.ended?.kind === "refunded");
  return (
    <div class={`notice ${isQuiet ? "notice-quiet" : "notice-bad"}`} role={isQuiet ? "status" : "alert"} tabIndex={-1} ref={box}>
      <Icon name="alert" />
      <div>{faults.length > 0 ? <Faults faults={faults} /> : <Outcome ended={state.ended!} say={say} />}</div>
    </div>
  );
}

/** Each leads to its field. */
function Faults({ faults }: { readonly faults: readonly (readonly [string, string])[] }): JSX.Element {
  const { say } = usePage();
  const go = (event: Event, id: string): void => {
    event.preventDefault();
    document.getElementById(id)?.focus();
  };
  return (
    <>
      <h2>{say("errors_title")}</h2>
      <ul>
        {faults.map(([name, fault]) => {
          const id = fieldId(...(name.split(".") as [string, string]));
          return (
            <li key={name}>
              <a href={`#${id}`} onClick={(event) => go(event, id)}>
                {isKey(fault) ? say(fault) : fault}
              </a>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Outcome({ ended, say }: { readonly ended: Ended; readonly say: Say }): JSX.Element {
  if (ended.kind === "canceled" || ended.kind === "refunded")
    return <p>{say(ended.kind === "canceled" ? "payment_canceled" : "payment_refunded")}</p>;
  if (ended.kind === "refused" && ended.error.code === "payment_link_busy") return <p>{say("link_busy")}</p>;
  if (ended.kind === "refused") {
    const own = `error.${ended.error.code}`;
    return (
      <>
        <h2>{say("refused_title")}</h2>
        <p dir="auto">{isKey(own) ? say(own) : ended.error.message}</p>
      </>
    );
  }
  const key = `decline.${ended.code}`;
  return (
    <>
      <h2>{say("declined_title")}</h2>
      <p>
        {say(isKey(key) ? key : "decline.unknown")} {say("declined_nothing")}
      </p>
      <p>{say("declined_other")}</p>
    </>
  );
}
