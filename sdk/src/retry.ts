/** A longer wait that `Retry-After` asks for is left to the caller, who gets the error with `retryAfterMs` at once. */
export const RETRY_AFTER_MAX_MS = 60_000;
const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 8_000;

/** The server may be asked for, may have been in trouble, or is still busy with the first request under this key. */
const repeatedStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Whether an answer is one to ask again for. `safe` is false for a request that could be done twice; only a refusal for its number is repeated then. */
export function isRepeated({ status, code }: { status: number; code: string }, safe: boolean): boolean {
  if (!safe) return status === 429;
  return repeatedStatuses.has(status) || code === "idempotency_in_progress";
}

/**
 * How long to wait before try `n` (from 1): anything up to a bound that doubles ("full jitter"), so that callers who failed together
 * don't come back together. What `Retry-After` asks for is added. Null: too long to wait for.
 */
export function retryDelay(n: number, retryAfterMs: number | undefined, random: () => number): number | null {
  if (retryAfterMs !== undefined && retryAfterMs > RETRY_AFTER_MAX_MS) return null;
  const bound = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (n - 1));
  return (retryAfterMs ?? 0) + Math.floor(random() * bound);
}

/** Seconds, or a date as HTTP writes it. Anything else is no wish. */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const date = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(header.trim()) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Waits; rejects with the signal's reason if it is aborted meanwhile. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
