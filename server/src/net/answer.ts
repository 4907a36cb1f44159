/**
 * Reads one answer of HTTP/1.x from the pieces in which it comes. Only one request is ever under way on a connection, so nothing
 * that follows an answer can be mistaken for another: common mistakes of real servers (an announced `100 Continue`, bare line feeds,
 * a length given twice) are read as they are meant. See docs/decisions/0016-we-read-answers-ourselves.md.
 */
export interface AnswerLimits {
  /** Bytes of the body that are kept. */
  readonly keptBytes: number;
  /** A longer body ends the reading. */
  readonly readBytes: number;
}

/** Heads of an answer, 1xx announcements and trailers included: four times what servers send by default, and no load on memory. */
export const HEAD_MAX_BYTES = 65_536;

const LINE_FEED = 10;
const STATUS_LINE = /^HTTP\/(\d)(?:\.(\d))? ([1-9]\d\d)(?: |$)/;
/** Answers without a body (RFC 9112, 6.3). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

type Step = "status" | "fields" | "length" | "chunk-size" | "chunk" | "chunk-end" | "trailer" | "close" | "end";

export class AnswerReader {
  status = 0;
  /** Status and headers are complete, and not those of an announcement. */
  hasHead = false;
  headers: Record<string, string> = {};
  /** Why it could not be read to its end; null if it was read or is still being read. */
  broken: string | null = null;
  /** The connection may carry another request. */
  isReusable = false;
  readonly #limits: AnswerLimits;
  readonly #chunks: Buffer[] = [];
  #step: Step = "status";
  #isNew = false;
  #line = "";
  #headBytes = 0;
  #left = 0;
  #bytes = 0;
  #lastField = "";

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  get isOver(): boolean {
    return this.#step === "end";
  }

  /** The body was longer than what is kept. */
  get isCut(): boolean {
    return this.broken !== null || this.#bytes > this.#limits.keptBytes;
  }

  body(): string {
    return (this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)).toString("utf8");
  }

  /** Takes the next bytes. Bytes after the end of the answer belong to nothing. */
  feed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#step !== "end") {
      if (this.#step === "length" || this.#step === "chunk" || this.#step === "close") at = this.#takeBody(chunk, at);
      else at = this.#takeLine(chunk, at);
    }
    if (at < chunk.length) this.isReusable = false;
  }

  /** The connection has ended: the end of a body without a length, too early for anything else. */
  finish(reason: string): void {
    if (this.#step === "close" && reason === "closed") this.#step = "end";
    else if (this.#step !== "end") this.#fail(reason);
  }

  #fail(reason: string): void {
    this.broken = reason;
    this.isReusable = false;
    this.#step = "end";
  }

  #takeLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LINE_FEED, at);
    const stop = end === -1 ? chunk.length : end + 1;
    this.#headBytes += this.#step.startsWith("chunk") ? 0 : stop - at;
    this.#line += chunk.toString("latin1", at, end === -1 ? stop : end);
    if (this.#headBytes > HEAD_MAX_BYTES || this.#line.length > HEAD_MAX_BYTES) this.#fail("head too large");
    else if (end !== -1) {
      const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
      this.#line = "";
      this.#read(line);
    }
    return stop;
  }

  #read(line: string): void {
    if (this.#step === "status") return this.#readStatus(line);
    if (this.#step === "fields") return line === "" ? this.#headEnds() : this.#readField(line);
    if (this.#step === "chunk-size") return this.#readChunkSize(line);
    if (this.#step === "chunk-end") return line === "" ? void (this.#step = "chunk-size") : this.#fail("bad answer");
    // We need no trailer.
    if (line === "") this.#step = "end";
  }

  #readStatus(line: string): void {
    if (line === "") return;
    const found = STATUS_LINE.exec(line);
    if (found === null || found[3] === "101") return this.#fail("bad answer");
    this.status = Number(found[3]);
    // Those of an announcement are none of the answer's.
    this.headers = Object.create(null) as Record<string, string>;
    this.#lastField = "";
    this.#isNew = Number(found[1]) > 1 || (found[1] === "1" && found[2] !== "0");
    this.#step = "fields";
  }

  #readField(line: string): void {
    const folded = line.startsWith(" ") || line.startsWith("\t");
    const colon = folded ? -1 : line.indexOf(":");
    const value = line.slice(colon + 1).trim();
    if (folded && this.#lastField !== "") this.headers[this.#lastField] += ` ${value}`;
    if (colon <= 0) return;
    const name = line.slice(0, colon).trim().toLowerCase();
    const before = this.headers[name];
    this.headers[name] = before === undefined ? value : `${before}, ${value}`;
    this.#lastField = name;
  }

  #headEnds(): void {
    const { status } = this;
    // An announcement: the answer is still to come.
    if (status < 200) return void (this.#step = "status");
    this.hasHead = true;
    const coding = this.headers["transfer-encoding"]?.toLowerCase();
    const lengths = this.headers["content-length"]?.split(",").map((length) => length.trim());
    const connection = this.headers["connection"]?.toLowerCase() ?? "";
    this.isReusable = this.#isNew && !/\bclose\b/.test(connection) && !(coding !== undefined && lengths !== undefined);
    if (WITHOUT_BODY.has(status)) this.#step = "end";
    else if (coding !== undefined) this.#step = /(^|[\s,])chunked$/.test(coding) ? "chunk-size" : "close";
    else if (lengths === undefined) this.#step = "close";
    else this.#takeLength(lengths);
    if (this.#step === "close") this.isReusable = false;
  }

  /** The same length more than once is that length (RFC 9110, 8.6); two lengths are none. */
  #takeLength(lengths: readonly string[]): void {
    const [length = ""] = lengths;
    if (!/^\d{1,15}$/.test(length) || lengths.some((other) => other !== length)) return this.#fail("bad answer");
    this.#left = Number(length);
    this.#step = this.#left === 0 ? "end" : "length";
  }

  #readChunkSize(line: string): void {
    const size = /^\s*([0-9a-f]{1,8})\s*(?:;|$)/i.exec(line)?.[1];
    if (size === undefined) return this.#fail("bad answer");
    this.#left = Number.parseInt(size, 16);
    this.#step = this.#left === 0 ? "trailer" : "chunk";
  }

  #takeBody(chunk: Buffer, at: number): number {
    const stop = this.#step === "close" ? chunk.length : Math.min(chunk.length, at + this.#left);
    const room = this.#limits.keptBytes - this.#bytes;
    if (room > 0) this.#chunks.push(chunk.subarray(at, Math.min(stop, at + room)));
    this.#bytes += stop - at;
    if (this.#step !== "close") this.#left -= stop - at;
    if (this.#bytes > this.#limits.readBytes) this.#fail("answer too large");
    else if (this.#left === 0 && this.#step !== "close") this.#step = this.#step === "chunk" ? "chunk-end" : "end";
    return stop;
  }
}
