/** Rules of the engines that carry jobs: see `ports/engine.ts`. */

/** Holds a row for the engine that carries it. Whoever brings its message may take it; it is due again when this lease ends. */
export const ENGINE_TOKEN = "engine";
/** What was handed to an engine and taken by nobody is due again after this. */
export const ENGINE_LEASE_MS = 30_000;
/** Messages of a queue that may wait in the engine: less than a second's work. The flood behind them waits in the rows, where lanes are fair. */
export const ENGINE_DEPTH_MAX = 1_000;
/** A message whose lane is full goes back to its row for so long. */
export const ENGINE_RETURN_MS = 500;
/** Retries of a queue that are shown as delayed, at about 1 kB each; the rows know those beyond. */
export const ENGINE_DELAYED_MAX = 50_000;
/** A retry that is due later than this is not shown in the engine: its memory is bounded. The rows know it. */
export const ENGINE_DELAY_MAX_MS = 86_400_000;
