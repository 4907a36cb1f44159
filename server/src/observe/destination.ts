import { write, writeSync } from "node:fs";

/** Where log lines go. */
export interface Destination {
  write(line: string): void;
  /** Writes what is still in memory; for the end of the process. */
  flushSync(): void;
}

/** More than this waits for nobody: a reader that stands still must not fill our memory. */
const WAITING_MAX = 16 * 1024 * 1024;
const BUSY_PAUSE_MS = 10;
/** The end of the process waits for a busy reader no longer than this. */
const FLUSH_TRIES_MAX = 100;

/**
 * Lines of one turn of the event loop, and those that come while others are being written, go out as one write: under load a write per
 * line is a tenth of the CPU. What cannot be written is dropped: a closed terminal or a full disk must neither end a process that moves
 * money nor hold up its end.
 */
export function toDescriptor(fd: number): Destination {
  let waiting = "";
  let isWriting = false;

  function writeWaiting(): void {
    const bytes = Buffer.from(waiting);
    waiting = "";
    isWriting = bytes.length > 0;
    if (isWriting) put(bytes);
  }

  function put(bytes: Buffer): void {
    write(fd, bytes, (error, written) => {
      if (isBusy(error)) return void setTimeout(put, BUSY_PAUSE_MS, bytes);
      const rest = error === null ? bytes.subarray(written) : Buffer.alloc(0);
      if (rest.length > 0) put(rest);
      else writeWaiting();
    });
  }

  return {
    write(line) {
      if (waiting.length > WAITING_MAX) return;
      if (waiting === "" && !isWriting) setImmediate(() => isWriting || writeWaiting());
      waiting += line;
    },
    flushSync() {
      const bytes = Buffer.from(waiting);
      waiting = "";
      putNow(fd, bytes);
    },
  };
}

function putNow(fd: number, bytes: Buffer): void {
  let done = 0;
  for (let tries = 0; done < bytes.length && tries < FLUSH_TRIES_MAX; tries++) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      if (!isBusy(error)) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
    }
  }
}

/** A pipe that is full, for now. */
function isBusy(error: unknown): boolean {
  return (error as { code?: string } | null)?.code === "EAGAIN";
}
