/**
 * Vitest gives up a wait for a condition after one second, and has no setting for it. A machine that is busy beside us is slower than that, and a
 * wait ends when its condition holds: the bound only ends a test that hangs.
 */
import { vi } from "vitest";

const PATIENCE_MS = 15_000;
const { waitFor, waitUntil } = vi;

type Options = Parameters<typeof waitFor>[1];
const patient = (options: Options): Options =>
  typeof options === "number" ? options : { ...options, timeout: options?.timeout ?? PATIENCE_MS };

vi.waitFor = (what, options) => waitFor(what, patient(options));
vi.waitUntil = (what, options) => waitUntil(what, patient(options));
