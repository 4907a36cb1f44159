/** One connection and the exchanges it carries, one at a time. */
import type { Socket } from "node:net";
import { codeOf } from "../core/errors.ts";
import type { HttpRequest, HttpResult } from "../core/ports/http.ts";
import { AnswerReader } from "./answer.ts";

/** If a server names its idle limit, we close this much earlier: its last answer was already on its way when the limit began. */
const IDLE_MARGIN_MS = 1_000;
/** A connection is closed at this age, so a busy one also follows a changed name and has its address checked again. */
const CONNECTION_LIFETIME_MS = 60_000;
/** A connection that was idle for longer is checked once more before it carries a request: the server may have closed it unnoticed. */
const LOOK_AGAIN_AFTER_MS = 50;
/** If only the status counts, this much beyond the kept bytes is read and dropped, so the connection can be used again. */
const DISCARD_MAX_BYTES = 65_536;

interface Owner {
  /** A connection without a request is closed after this. */
  readonly idleMs: number;
  freed(connection: Connection): void;
  /** `unsent`: its exchange, if no byte of it has left. */
  gone(connection: Connection, unsent: Exchange | null): void;
}

/** One socket; it carries one request at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #owner: Owner;
  readonly #until = performance.now() + CONNECTION_LIFETIME_MS;
  #exchange: Exchange | null = null;
  #idleSince = performance.now();
  #isGone = false;

  constructor(socket: Socket, owner: Owner) {
    this.#socket = socket;
    this.#owner = owner;
    socket.on("data", (chunk: Buffer) => {
      const exchange = this.#exchange;
      // Bytes without a request.
      if (!exchange?.isWritten) return this.end("bad answer");
      exchange.answer.feed(chunk);
      if (exchange.answer.isOver) this.#answered(exchange);
    });
    socket.on("error", (error) => this.end(codeOf(error) || "network"));
    for (const event of ["end", "timeout", "close"]) socket.on(event, () => this.end("closed"));
  }

  carry(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.connection = this;
    this.#socket.setTimeout(0);
    if (performance.now() - this.#idleSince > LOOK_AGAIN_AFTER_MS) setImmediate(() => this.#write(exchange));
    else this.#write(exchange);
  }

  /** Closes the connection. An exchange that it has not written yet may use another one. */
  end(reason: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#socket.destroy();
    if (exchange?.isWritten) {
      exchange.answer.finish(reason);
      exchange.answered();
    }
    this.#owner.gone(this, exchange?.isWritten ? null : exchange);
  }

  #write(exchange: Exchange): void {
    if (this.#exchange !== exchange) return;
    if (!exchange.mayLeave()) return this.#release(this.#owner.idleMs);
    exchange.isWritten = true;
    this.#socket.write(exchange.text);
  }

  #answered(exchange: Exchange): void {
    exchange.answered();
    const { isReusable, headers } = exchange.answer;
    if (!isReusable || performance.now() > this.#until) return this.end("closed");
    const named = /timeout=(\d{1,6})/.exec(headers["keep-alive"] ?? "")?.[1];
    this.#release(named === undefined ? this.#owner.idleMs : Number(named) * 1_000 - IDLE_MARGIN_MS);
  }

  #release(idleMs: number): void {
    this.#exchange = null;
    if (idleMs <= 0) return this.end("closed");
    this.#idleSince = performance.now();
    this.#socket.setTimeout(Math.min(idleMs, this.#owner.idleMs));
    this.#owner.freed(this);
  }
}

/** One request from its decision to its only result. */
export class Exchange {
  readonly request: HttpRequest;
  readonly text: string;
  readonly answer: AnswerReader;
  connection: Connection | null = null;
  /** Its first byte was handed to the system. */
  isWritten = false;
  isOver = false;
  readonly #now: () => number;
  readonly #resolve: (result: HttpResult) => void;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(request: HttpRequest, text: string, now: () => number, resolve: (result: HttpResult) => void) {
    this.request = request;
    this.text = text;
    this.#now = now;
    this.#resolve = resolve;
    const { maxBytes, statusSuffices } = request;
    this.answer = new AnswerReader({ keptBytes: maxBytes, readBytes: statusSuffices ? maxBytes + DISCARD_MAX_BYTES : maxBytes });
    this.#timer = setTimeout(() => this.#timedOut(), request.totalTimeoutMs);
  }

  /** False if it is too late: the process may have been paused, or the request may have waited for a connection. */
  mayLeave(): boolean {
    const { notAfter } = this.request;
    if (notAfter !== null && notAfter !== undefined && this.#now() > notAfter) this.fail("too late to send");
    return !this.isOver;
  }

  /** The answer has come, or the connection has ended. */
  answered(): void {
    const { answer } = this;
    if (answer.broken !== null && !(this.request.statusSuffices && answer.hasHead)) return this.fail(answer.broken);
    const { status, headers, isCut } = answer;
    this.#finish({ kind: "answer", status, headers, body: answer.body(), isCut, durationMs: this.#elapsed() });
  }

  fail(reason: string): void {
    this.#finish({ kind: this.isWritten ? "unknown" : "not_sent", reason, durationMs: this.#elapsed() });
  }

  #timedOut(): void {
    if (!this.isWritten) this.fail("timeout before it was sent");
    this.connection?.end("timeout");
  }

  #finish(result: HttpResult): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.#timer);
    this.#resolve(result);
  }

  #elapsed(): number {
    return Math.round(performance.now() - this.#startedAt);
  }
}
