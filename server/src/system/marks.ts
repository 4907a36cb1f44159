/** How far the database was, as noted outside of it: docs/decisions/0075. One file for each installation, which the processes of a host share. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Mark } from "../core/restore.ts";
import type { Log } from "../core/ports/world.ts";
import { makeFolder } from "./folders.ts";

/** The last mark in this process stands before that of the file: another process may have written an older one. */
export function marksIn(fileOf: (installation: string) => string, log: Log) {
  const known = new Map<string, Mark>();
  let isTold = false;
  const warn = (text: string, file: string, error: unknown): void => {
    if (!isTold) log.warn({ file, error: (error as Error).message }, text);
    isTold = true;
  };
  return {
    read(installation: string): Mark | null {
      const own = known.get(installation);
      if (own) return own;
      const file = fileOf(installation);
      try {
        const mark = markIn(readFileSync(file, "utf8"));
        known.set(installation, mark);
        return mark;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") warn("the mark of the database can't be read", file, error);
        return null;
      }
    },
    write(installation: string, mark: Mark): void {
      known.set(installation, mark);
      const file = fileOf(installation);
      try {
        makeFolder(dirname(file));
        replace(file, `${JSON.stringify(mark)}\n`);
      } catch (error) {
        warn("the mark of the database can't be written, so a restart forgets it: a restored snapshot may go unnoticed", file, error);
      }
    },
  };
}

/** At once, and so that a loss of power leaves the old text or the new one. */
function replace(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  const descriptor = openSync(draft, "w", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, file);
}

function markIn(text: string): Mark {
  const { systemIdentifier, timeline, position, restoreId, at } = JSON.parse(text) as Mark;
  const isWhole = [systemIdentifier, timeline].every((one) => typeof one === "string") && Number.isFinite(at);
  if (!isWhole || !/^\d{1,20}$/.test(position) || (restoreId !== null && typeof restoreId !== "string"))
    throw new Error("it is not a mark of a database");
  return { systemIdentifier, timeline, position, restoreId, at };
}
