/** Asks before what was typed is lost. The browser keeps the focus in it. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isUnderWay } from "../shop.ts";
import { usePage } from "./context.ts";

export function Leave(): JSX.Element {
  const { state, say, doings, dispatch } = usePage();
  const merchant = state.view?.merchant.name ?? "";
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current!;
    const before = document.activeElement;
    shown.showModal();
    return () => {
      shown.close();
      // By ourselves: a browser gives it back only where the dialog closes before it leaves the page.
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog class="leave" ref={dialog} aria-labelledby="leave-title" onClose={() => dispatch({ type: "leaving", is: false })}>
      <h2 id="leave-title">{say("leave_title")}</h2>
      <p>{isUnderWay(state.stage) ? say("leave_live", { merchant }) : say("leave_text")}</p>
      <div class="leave-ways">
        <button type="button" class="primary" onClick={() => dispatch({ type: "leaving", is: false })}>
          {say("leave_no")}
        </button>
        <button type="button" class="secondary" onClick={() => doings.leave()}>
          {say("leave_yes")}
        </button>
      </div>
    </dialog>
  );
}
