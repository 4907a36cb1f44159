/** Names only: a distance such as +05:30 means the opposite to PostgreSQL. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]*$/;
/**
 * Of three letters, those that mean the same to both. JavaScript knows some that PostgreSQL does not (AET); others PostgreSQL takes for a distance
 * that is always the same (CET, without summer time), or for another zone: IST is India to the one and Israel to the other.
 */
const SHORT = new Set(["UTC", "GMT", "UCT", "EST", "MST", "HST", "PRC", "ROC", "ROK"]);

/** Whether this is the name of a time zone to JavaScript and to PostgreSQL, and of the same one. */
export function isTimeZone(name: string): boolean {
  if (!NAME.test(name) || (name.length <= 3 && !SHORT.has(name.toUpperCase()))) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
