/** The last two minutes of a session, told second by second; and the moment after them. */
import type { Store } from "./store.ts";

const TOLD_FROM_S = 120;

/** @param now the server's time @param over is called once, when the time is up */
export function countDown(store: Store, now: () => Date, over: () => void): () => void {
  let isOver = false;
  const look = (): void => {
    const { view, stage, secondsLeft } = store.get();
    const ends = stage === "form" && view?.expires_at ? Date.parse(view.expires_at) : null;
    const left = ends === null ? null : Math.max(0, Math.ceil((ends - now().getTime()) / 1_000));
    const shown = left !== null && left <= TOLD_FROM_S ? left : null;
    if (shown !== secondsLeft) store.dispatch({ type: "countdown", seconds: shown });
    if (left === 0 && !isOver) over();
    isOver = left === 0;
  };
  const timer = setInterval(look, 1_000);
  const off = store.subscribe(look);
  return () => {
    clearInterval(timer);
    off();
  };
}
