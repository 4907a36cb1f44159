/** What a JSON column can hold and be asked about. */

/** `\u0000` or half a surrogate pair, as `JSON.stringify` writes them. Another escape is taken whole: its own backslash begins none. */
const unaskable = /\\(?:u(0000|d[89a-f][0-9a-f]{2})|.)/g;

/** PostgreSQL keeps both in `json`, and then refuses every question about a row that has one: they become U+FFFD. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.includes("\\u") ? text.replace(unaskable, (whole, bad?: string) => (bad === undefined ? whole : "\ufffd")) : text;
}
