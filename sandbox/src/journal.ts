/** The far side's memory on disk: an append-only file of JSON lines. Many entries share one fdatasync; an answer leaves only after it. */
import { createReadStream } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import type { Entry } from "./ledger.ts";

/** The file cannot be read as a journal; the message says what to do. */
class JournalError extends Error {
  override readonly name = "JournalError";
}

export interface Journal {
  /**
   * Resolves when these entries, and all before them, are durable. Rejects if the disk fails, e.g. is full: then these entries are
   * kept, and the next append writes them first. So a journal heals as soon as its disk does.
   */
  append(entries: readonly Entry[]): Promise<void>;
  /** True if the last write failed: its entries are not on disk yet. */
  isBehind(): boolean;
  close(): Promise<void>;
}

/** Keeps nothing: for tests, whose ledgers live as long as they do. */
export function memoryJournal(): Journal {
  const done = Promise.resolve();
  return { append: () => done, isBehind: () => false, close: () => done };
}

/**
 * Opens the file, hands every whole entry to `replay`, and cuts off a torn last line (a crash in the middle of a write: its answer
 * never left). Throws if an earlier line is not readable: then the file is damaged, and no ledger is better than a wrong one.
 * @param shorter given the number of lines, entries that say the same in fewer, which then replace the file; null: it stays
 */
export async function openJournal(
  path: string,
  replay: (entry: Entry) => void,
  shorter: (lines: number) => Iterable<Entry> | null = () => null,
): Promise<Journal> {
  // Left by a crash in the middle of a replacement: the file itself still says everything.
  await rm(besideOf(path), { force: true });
  const handle = await open(path, "a+", 0o600);
  try {
    const { size } = await handle.stat();
    const { bytes, lines } = await readEntries(path, replay);
    if (bytes < size) await handle.truncate(bytes);
    const entries = shorter(lines);
    if (entries === null || !(await writeBeside(path, entries))) return journalOn(handle, bytes);
    await rename(besideOf(path), path);
    // If a crash lost the new name, entries appended under it would be lost too.
    await syncDirectory(dirname(path));
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  const shorterHandle = await open(path, "a", 0o600);
  return journalOn(shorterHandle, (await shorterHandle.stat()).size);
}

function besideOf(path: string): string {
  return `${path}.new`;
}

/** Entries are written in blocks of about this many characters. */
const BLOCK_CHARACTERS = 1_048_576;

/** A whole new file, safe on disk under another name. False if that fails, e.g. on a full disk: the old file is as good. */
async function writeBeside(path: string, entries: Iterable<Entry>): Promise<boolean> {
  try {
    const handle = await open(besideOf(path), "wx", 0o600);
    try {
      let block = "";
      for (const entry of entries) {
        block += `${JSON.stringify(entry)}\n`;
        if (block.length < BLOCK_CHARACTERS) continue;
        await handle.appendFile(block);
        block = "";
      }
      await handle.appendFile(block);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch {
    await rm(besideOf(path), { force: true });
    return false;
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows opens no directories, and keeps its own journal of names.
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Bytes and number of the whole lines. */
async function readEntries(path: string, replay: (entry: Entry) => void): Promise<{ bytes: number; lines: number }> {
  let whole = 0;
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 }) as AsyncIterable<Buffer>) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = block.indexOf(10); end !== -1; end = block.indexOf(10, from)) {
      line += 1;
      replay(parseLine(block.toString("utf8", from, end), line));
      from = end + 1;
    }
    whole += from;
    rest = block.subarray(from);
  }
  return { bytes: whole, lines: line };
}

function parseLine(text: string, line: number): Entry {
  try {
    return JSON.parse(text) as Entry;
  } catch (cause) {
    throw new JournalError(`the sandbox's journal is damaged in line ${line}; move the file away to start with an empty ledger`, { cause });
  }
}

/** Entries that become durable together, and the one promise that all their callers await. */
interface Group {
  text: string;
  readonly durable: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One write and one fdatasync at a time; entries that arrive meanwhile go with the next.
 * @param size bytes of the file, all of them whole lines
 */
export function journalOn(handle: Pick<FileHandle, "appendFile" | "datasync" | "truncate" | "close">, size: number): Journal {
  let waiting: Group | null = null;
  let running: Promise<void> | null = null;
  let safeBytes = size;
  /** Of writes that failed. */
  let leftOver = "";

  async function write(text: string): Promise<void> {
    if (text === "") return;
    // A failed write may have left half a line, and a failed sync may have lost lines: the file goes on from its last safe byte.
    if (leftOver !== "") await handle.truncate(safeBytes);
    await handle.appendFile(text);
    await handle.datasync();
    safeBytes += Buffer.byteLength(text);
  }

  async function run(): Promise<void> {
    // Lets the other answers of this turn of the event loop join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting !== null) {
      const group: Group = waiting;
      waiting = null;
      const text = leftOver + group.text;
      try {
        await write(text);
        leftOver = "";
        group.resolve();
      } catch (error) {
        leftOver = text;
        group.reject(error);
      }
    }
    running = null;
  }

  return {
    append(entries) {
      // A question waits too, but only for the entries before it: its answer must not show anything that a crash could undo.
      if (entries.length === 0 && running === null && leftOver === "") return Promise.resolve();
      waiting ??= newGroup();
      for (const entry of entries) waiting.text += `${JSON.stringify(entry)}\n`;
      running ??= run();
      return waiting.durable;
    },
    isBehind: () => leftOver !== "",
    async close() {
      await running;
      await handle.close();
    },
  };
}

function newGroup(): Group {
  let resolve = (): void => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const durable = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { text: "", durable, resolve, reject };
}
