/** Asks before what was typed is lost. The browser keeps the focus in it. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { isUnderWay } from "../shop.ts";
import { usePage } from "./context.ts";

export function Leave(): JSX.Element {
  const { state, say, doings, dispatch } = usePage();
  const merchant = state.view?.merchant.name ?? "";
  const dialog = useRef<HTMLDialogElement>(null);
  const stay = (): void => dispatch({ type: "leaving", is: false });
  // Before anything else can happen: between the question and its dialog, an Escape would be answered by neither.
  useLayoutEffect(() => {
    const shown = dialog.current!;
    const before = document.activeElement;
    shown.addEventListener("close", stay);
    shown.showModal();
    return () => {
      // A browser tells of the end only later, when the question may have been asked anew.
      shown.removeEventListener("close", stay);
      shown.close();
      // By ourselves: a browser gives it back only where the dialog closes before it leaves the page.
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog class="leave" ref={dialog} aria-labelledby="leave-title">
      <h2 id="leave-title">{say("leave_title")}</h2>
      <p>{isUnderWay(state.stage) ? say("leave_live", { merchant }) : say("leave_text")}</p>
      <div class="leave-ways">
        <button type="button" class="primary" onClick={stay}>
          {say("leave_no")}
        </button>
        <button type="button" class="secondary" onClick={() => doings.leave()}>
          {say("leave_yes")}
        </button>
      </div>
    </dialog>
  );
}
