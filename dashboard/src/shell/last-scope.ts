import type { Scope } from "../kit/api.ts";

const PLACE = "tillway.scope";

/** Which merchant and mode this browser looked at last. */
export function lastScope(): Scope | null {
  const [merchant, mode] = (localStorage.getItem(PLACE) ?? "").split("/");
  return merchant === undefined || merchant === "" ? null : { merchant, mode: mode === "live" ? "live" : "test" };
}

export function keepScope({ merchant, mode }: Scope): void {
  localStorage.setItem(PLACE, `${merchant}/${mode}`);
}
