/**
 * What `tillway listen` keeps on disk: the place up to which all events are done, those beyond it that are done already, and the signing
 * secret. Lines are appended and flushed to the disk before anybody is told, so that an event whose receiver said yes is not sent again
 * after a restart.
 */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { HomeError } from "../home.ts";
import { makeFolder } from "../../system/folders.ts";

type Line =
  | { readonly secret: string }
  /** Everything up to this event is done; `passed` are the events since the cursor before. */
  | { readonly cursor: string; readonly passed: readonly string[] }
  | { readonly done: string; readonly url: string };

interface Waiting {
  readonly line: Line;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The file is written anew when it has so many lines. */
const LINES_MAX = 5_000;

/** See `openState`. */
export class ListenState {
  readonly secret: string;
  /** True if the secret was made just now. */
  readonly isNew: boolean;
  readonly #file: string;
  readonly #done: Map<string, Set<string>>;
  #cursor: string | null;
  #handle: FileHandle | null = null;
  #lines = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;

  constructor(file: string, read: Pick<ListenState, "secret" | "isNew" | "cursor"> & { readonly done: Map<string, Set<string>> }) {
    this.#file = file;
    this.secret = read.secret;
    this.isNew = read.isNew;
    this.#cursor = read.cursor;
    this.#done = read.done;
  }

  /** The newest event up to which all are done; null: from the beginning. */
  get cursor(): string | null {
    return this.#cursor;
  }

  isDone(event: string, url: string): boolean {
    return this.#done.get(event)?.has(url) ?? false;
  }

  /** Resolves when it is on the disk. */
  done(event: string, url: string): Promise<void> {
    this.#done.set(event, (this.#done.get(event) ?? new Set()).add(url));
    return this.#append({ done: event, url });
  }

  /** @param passed all events up to the new cursor, in order; at least one */
  pass(passed: readonly string[]): Promise<void> {
    this.#cursor = passed.at(-1)!;
    for (const event of passed) this.#done.delete(event);
    return this.#append({ cursor: this.#cursor, passed });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle?.close();
    this.#handle = null;
  }

  #append(line: Line): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  /** What waits is written together: one flush for many events. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#flush(batch.map(({ line }) => line));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    // With the look at what waits, so that nobody waits for a writer that has gone.
    this.#writing = null;
  }

  async #flush(lines: readonly Line[]): Promise<void> {
    if (this.#handle === null || this.#lines > LINES_MAX) await this.#rewrite();
    await this.#handle!.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await this.#handle!.datasync();
    this.#lines += lines.length;
  }

  async #rewrite(): Promise<void> {
    await this.#handle?.close();
    const done = [...this.#done].flatMap(([event, urls]) => [...urls].map((url): Line => ({ done: event, url })));
    const lines: Line[] = [{ secret: this.secret }, ...(this.#cursor === null ? [] : [{ cursor: this.#cursor, passed: [] }]), ...done];
    replace(this.#file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    this.#handle = await open(this.#file, "a", 0o600);
    this.#lines = lines.length;
  }
}

/** Reads the state, or begins one. A torn last line is what a power cut leaves, and is left out. Throws `HomeError` if it is spoiled. */
export function openState(file: string): ListenState {
  makeFolder(dirname(file));
  const known = { secret: null as string | null, cursor: null as string | null, done: new Map<string, Set<string>>() };
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  for (const line of lines) take(known, parsed(file, line));
  if (lines.length > 0 && known.secret === null) throw spoiled(file);
  const secret = known.secret ?? `whsec_${randomBytes(32).toString("base64")}`;
  if (known.secret === null) replace(file, `${JSON.stringify({ secret })}\n`);
  return new ListenState(file, { ...known, secret, isNew: known.secret === null });
}

function take(known: { secret: string | null; cursor: string | null; done: Map<string, Set<string>> }, line: Line): void {
  if ("secret" in line) known.secret = line.secret;
  else if ("done" in line) known.done.set(line.done, (known.done.get(line.done) ?? new Set()).add(line.url));
  else {
    known.cursor = line.cursor;
    for (const event of line.passed) known.done.delete(event);
  }
}

function parsed(file: string, line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    throw spoiled(file);
  }
}

function spoiled(file: string): HomeError {
  return new HomeError(`${file} is not as tillway listen wrote it. Remove it to begin with what is new, or name another by --state.`);
}

/** At once, or not at all, also if the power fails. */
function replace(file: string, text: string): void {
  const draft = `${file}.new`;
  writeFileSync(draft, text, { mode: 0o600, flush: true });
  renameSync(draft, file);
  if (process.platform === "win32") return;
  const directory = openSync(dirname(file), "r");
  fsyncSync(directory);
  closeSync(directory);
}
