/** `tillway payments export`: the CSV of the API as it comes, to standard output or a file. */
import { open, rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
import { codeOf } from "../../core/errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { UsageError } from "../explain.ts";
import { plain, plainJson } from "../text.ts";
import { openApi } from "./api.ts";
import { fieldsOf, queryOf, readWords } from "./fields.ts";
import { nouns } from "./nouns.ts";

const COMMAND = "tillway payments export";
const SAYS_EVERY_MS = 1_000;
/** What is left of a table that was cut: its last line, in which a payment never stands. */
const CUT = /\r\nCut after \d+ rows[^\r\n]*\r\n$/;
const TAIL_BYTES = 200;

export async function exportPayments(argv: readonly string[]): Promise<number> {
  const fields = fieldsOf(nouns.payments.acts.export.fields);
  const { options, flags, words } = readWords(argv, [...fields.map(({ option }) => option), "url", "out"], ["json"], COMMAND);
  if (words.length > 0) throw new UsageError(`${COMMAND} takes options only. See: ${COMMAND} --help`);
  const { out } = options;
  if (out === "") throw new UsageError("--out takes the name of a file");
  if (flags.has("json") && out === undefined)
    throw new UsageError("--json needs --out FILE: without it, the table goes to standard output");
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  const api = openApi(options);
  const count = new Count();
  try {
    const rows = count.of(api.stream(`/v1/payments.csv${queryOf(fields, options)}`, stopping.signal));
    await (out === undefined ? toStandardOutput(rows) : toFile(out, rows));
  } catch (error) {
    if (stopping.signal.aborted) return exitCodes.interrupted[0];
    // `| head` has seen enough.
    if (out === undefined && codeOf(error) === "EPIPE") return exitCodes.done[0];
    throw error;
  } finally {
    await api.close();
  }
  console.error(`${count.told()}${out === undefined ? "" : ` in ${plain(out)}`}.`);
  if (count.cut !== null) console.error(plain(count.cut));
  if (flags.has("json"))
    console.log(plainJson(JSON.stringify({ file: out, rows: count.rows, bytes: count.bytes, cut: count.cut !== null })));
  return count.cut === null ? exitCodes.done[0] : exitCodes.failed[0];
}

/** Counts rows as they pass, and says now and then how many there are. */
class Count {
  bytes = 0;
  #ends = 0;
  #isQuoted = false;
  #tail = "";

  async *of(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let saidAt = performance.now();
    for await (const piece of pieces) {
      this.#take(piece);
      yield piece;
      if (performance.now() - saidAt < SAYS_EVERY_MS) continue;
      saidAt = performance.now();
      console.error(`… ${this.told()}`);
    }
  }

  get rows(): number {
    return Math.max(0, this.#ends - 1 - (this.cut === null ? 0 : 1));
  }

  /** The line that says where to go on. */
  get cut(): string | null {
    return CUT.exec(this.#tail)?.[0].trim() ?? null;
  }

  told(): string {
    const megabytes = (this.bytes / 1_000_000).toFixed(1);
    return `${this.rows.toLocaleString("en-US")} ${this.rows === 1 ? "row" : "rows"}, ${megabytes} MB`;
  }

  /** A line within a quoted cell is none of the table's. */
  #take(piece: Buffer): void {
    for (const byte of piece) {
      if (byte === 0x22) this.#isQuoted = !this.#isQuoted;
      else if (byte === 0x0a && !this.#isQuoted) this.#ends++;
    }
    this.bytes += piece.length;
    this.#tail = (this.#tail + piece.subarray(-TAIL_BYTES).toString("latin1")).slice(-TAIL_BYTES);
  }
}

/** A pipe gets the bytes; on a screen a shopper's words are shown and never obeyed. */
function toStandardOutput(rows: AsyncIterable<Buffer>): Promise<void> {
  return pipeline(process.stdout.isTTY ? shownOn(rows) : rows, process.stdout, { end: false });
}

async function* shownOn(rows: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  // A line end that two pieces share is whole again in the second one.
  let kept = "";
  for await (const piece of rows) {
    const text = kept + decoder.write(piece);
    kept = text.endsWith("\r") ? "\r" : "";
    yield plain(text.slice(0, text.length - kept.length).replaceAll("\r\n", "\n"));
  }
}

/** Nobody sees half a file under its name: it is written beside, and takes the place of what was there when it is whole. */
async function toFile(out: string, rows: AsyncIterable<Buffer>): Promise<void> {
  const beside = `${out}.${process.pid}.partial`;
  const file = await open(beside, "wx").catch((error: unknown) => {
    throw new UsageError(`--out: ${(error as Error).message}`);
  });
  try {
    try {
      for await (const piece of rows) await file.write(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, out);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
