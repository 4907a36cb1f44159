import { hash } from "node:crypto";

/**
 * Numbers in [0, 1) that follow from a text: the same gateway key draws the same outcome and delay for ever, in every process,
 * after every restart. Chance without state.
 */
export function draws(text: string): { readonly first: number; readonly second: number } {
  const digest = hash("sha256", text, "buffer");
  return { first: digest.readUInt32BE(0) / 2 ** 32, second: digest.readUInt32BE(4) / 2 ** 32 };
}
