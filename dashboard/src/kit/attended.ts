/** Whether somebody is there. What the page asks by itself must keep nobody signed in at a desk that was left. */

const AWAY_MS = 60_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"] as const;

let lastSign = performance.now();
// Tests without a browser have none.
for (const sign of SIGNS) globalThis.addEventListener?.(sign, () => void (lastSign = performance.now()), { capture: true, passive: true });

export function isUnattended(): boolean {
  return performance.now() - lastSign > AWAY_MS;
}
