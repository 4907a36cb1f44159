/** PostgreSQL could not be started; `message` is one line with the cure. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";
}

/** Turns a refusal of the file system into one line about TILLWAY_HOME; anything else is returned as it came. */
export function explainFileError(error: unknown, homeDir: string): unknown {
  const { code, path } = (error ?? {}) as { code?: string; path?: string };
  // A person can move the home with our own files; other files (a binary, a parent directory) are named themselves.
  const place = path === undefined || path.startsWith(`${homeDir}/`) ? homeDir : path;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new EmbeddedPostgresError(
      `This user may not read and write ${place}: run Tillway as its owner, or set TILLWAY_HOME to a directory of your own.`,
    );
  }
  if (code === "ENOTDIR" || code === "EEXIST") {
    return new EmbeddedPostgresError(`${place} is in the way of the data directory: set TILLWAY_HOME to another directory.`);
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new EmbeddedPostgresError(`The disk of ${place} is full: make room, or set TILLWAY_HOME to a directory on another disk.`);
  }
  return error;
}
