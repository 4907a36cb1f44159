/** From the fewest lines to the most but for `silent`, which writes none. */
export const LOG_LEVELS = ["error", "warn", "info", "silent"] as const;
/** The least serious lines that are written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Structured log. Fields never carry card data or secrets; the adapter redacts again. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
