/** Faults between a request and its answer, as named effects. Scenarios, `flaky` and the simulator choose among them. */

/** `silent`: the caller gets nothing and times out. `reset`: the connection breaks. `cut`: half of the answer arrives. */
export type Connection = "open" | "silent" | "reset" | "cut";

export interface Effect {
  /** Whether the far side carries the request out before the effect shows. */
  readonly processes: boolean;
  readonly connection: Connection;
  /** Replaces the answer; null: the real one. `stored`: kept under the key and replayed at each repeat. */
  readonly answer: { readonly status: number; readonly body: string; readonly stored: boolean; readonly retryAfterS?: number } | null;
}

const serverError = (stored: boolean): string =>
  JSON.stringify({ error: { code: "internal_error", message: "Something went wrong at the gateway.", stored } });
const HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>";

export const effects = {
  none: { processes: true, connection: "open", answer: null },
  "timeout-before": { processes: false, connection: "silent", answer: null },
  "timeout-after": { processes: true, connection: "silent", answer: null },
  "reset-before": { processes: false, connection: "reset", answer: null },
  "reset-after": { processes: true, connection: "reset", answer: null },
  "cut-after": { processes: true, connection: "cut", answer: null },
  "error-before": { processes: false, connection: "open", answer: { status: 500, body: serverError(false), stored: false } },
  "error-after": { processes: true, connection: "open", answer: { status: 500, body: serverError(true), stored: true } },
  "html-after": { processes: true, connection: "open", answer: { status: 502, body: HTML, stored: false } },
  throttled: {
    processes: false,
    connection: "open",
    answer: { status: 429, body: refusal("rate_limited", "Too many requests."), stored: false, retryAfterS: 1 },
  },
  unavailable: {
    processes: false,
    connection: "open",
    answer: { status: 503, body: refusal("unavailable", "Down for maintenance."), stored: false, retryAfterS: 5 },
  },
} as const satisfies Record<string, Effect>;

export type FaultName = keyof typeof effects;

/** True if something happened and the answer did not show it. */
export function hidesOutcome(fault: FaultName): boolean {
  const effect: Effect = effects[fault];
  return effect.processes && (effect.connection !== "open" || effect.answer !== null);
}

function refusal(code: string, message: string): string {
  return JSON.stringify({ error: { code, message } });
}
