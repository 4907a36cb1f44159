import type { Part } from "../../change.ts";
import type { Happening } from "../../change/write.ts";

/** What the end of an attempt does to what it works on. The closed attempt itself goes with the change already. */
export interface Settled {
  readonly happening: Happening;
  readonly parts: readonly Part[];
}
