/**
 * How much is tested. `npm test` takes a sample wherever the whole is long, and leaves out the files `*.long.test.ts`; with `TESTS=whole`, as in
 * `npm run proof:full`, it takes everything. A sample is chosen so that each kind is in it: what is left out is the product of kinds.
 */
export const isWhole = process.env["TESTS"] === "whole";

/** @returns the sample, or all of it when the whole is asked for */
export function sampleOr<T>(sample: T, whole: T): T {
  return isWhole ? whole : sample;
}
