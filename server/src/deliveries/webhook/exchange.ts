import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { WEBHOOK_RESPONSE_KEPT_BYTES } from "../../core/constants.ts";

export type ExchangeResult =
  | { readonly kind: "answer"; readonly statusCode: number; readonly headers: IncomingHttpHeaders; readonly bytes: Buffer }
  | { readonly kind: "failure"; readonly error: unknown };

/** Bytes read and thrown away beyond the kept ones, so that the connection can be used again. A longer answer costs the connection. */
const DISCARD_MAX_BYTES = 65_536;

/**
 * One POST on one connection. It is handed to undici's `dispatch` directly: no stream and no abort signal per request, which
 * cost a third of the rate. The status line is the receiver's answer; the body is kept for the log only, so whatever happens to
 * it later does not turn an acknowledged delivery into a failed one.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly deadlineMs: number;
  readonly #ended: (result: ExchangeResult) => void;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #head: { readonly statusCode: number; readonly headers: IncomingHttpHeaders } | null = null;
  #receivedBytes = 0;
  #isEnded = false;
  #expired: Error | null = null;

  /** `deadlineMs`: on the monotonic clock of `performance.now()`. `ended` is called once, when nothing more will come. */
  constructor(deadlineMs: number, ended: (result: ExchangeResult) => void) {
    this.deadlineMs = deadlineMs;
    this.#ended = ended;
  }

  /** The time is over. A request that still waits for a connection is not sent any more. */
  expire(): void {
    this.#expired = timeIsOver();
    if (this.#controller === null) this.#end(this.#expired);
    else this.#controller.abort(this.#expired);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The sweep frees connections one by one: what is next in line may be over as well, and just not be looked at yet.
    if (this.#expired !== null || performance.now() >= this.deadlineMs) controller.abort(this.#expired ?? timeIsOver());
    else this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number, headers: IncomingHttpHeaders): void {
    // 1xx are announcements; the answer is still to come.
    if (statusCode >= 200) this.#head = { statusCode, headers };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = WEBHOOK_RESPONSE_KEPT_BYTES - this.#receivedBytes;
    if (room > 0) this.#chunks.push(chunk.subarray(0, room));
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > WEBHOOK_RESPONSE_KEPT_BYTES + DISCARD_MAX_BYTES) controller.abort(new Error("the answer is too long"));
  }

  onResponseEnd(): void {
    this.#end(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(error);
  }

  #end(error: Error | null): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#ended(this.#head === null ? { kind: "failure", error } : { kind: "answer", ...this.#head, bytes: Buffer.concat(this.#chunks) });
  }
}

function timeIsOver(): Error {
  return Object.assign(new Error("the total time is over"), { code: "TILLWAY_TIMEOUT" });
}
