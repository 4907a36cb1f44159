/** Names only: a distance such as +05:30 means the opposite to PostgreSQL. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]*$/;

/** Whether JavaScript knows this time zone. PostgreSQL takes its own from the tz database too. */
export function isTimeZone(name: string): boolean {
  try {
    return NAME.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
