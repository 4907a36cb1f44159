/** Where a text stops being JSON. The engine's own message may quote the body, and on some versions names no place at all. */

/** What is wrong, and where: `unexpected } at line 1, column 31`. Names punctuation only, never a value. Null for valid JSON. */
export function jsonFault(text: string): string | null {
  const at = faultAt(text);
  if (at === null) return null;
  if (at >= text.length) return "it ends too early";
  const before = text.slice(0, at);
  const what = PUNCTUATION.test(text[at]!) ? text[at]! : "character";
  return `unexpected ${what} at line ${before.split("\n").length}, column ${at - before.lastIndexOf("\n")}`;
}

const PUNCTUATION = /[{}[\],:"']/;
const SPACE = /[ \t\n\r]*/y;
// oxlint-disable no-control-regex -- JSON forbids control characters in strings
/** A string as far as it is one; it is whole where a quote follows. */
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
// oxlint-enable no-control-regex
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

type Wanted = "value" | "value or ]" | "key" | "key or }" | ":" | "next";

/** What must come next, and which brackets are open. */
interface Reader {
  readonly text: string;
  readonly open: ("{" | "[")[];
  at: number;
  wanted: Wanted;
}

/** Offset of the first character that cannot stand where it does; null for valid JSON. */
function faultAt(text: string): number | null {
  const reader: Reader = { text, open: [], at: 0, wanted: "value" };
  for (;;) {
    skip(reader, SPACE);
    const isDone = reader.wanted === "next" && reader.open.length === 0;
    if (reader.at >= text.length) return isDone ? null : text.length;
    if (isDone || !step(reader, text[reader.at]!)) return reader.at;
  }
}

/** Reads one token. False where there is none that may stand here; `at` is then the offending character. */
function step(reader: Reader, char: string): boolean {
  switch (reader.wanted) {
    case ":":
      return char === ":" && take(reader, "value");
    case "next":
      if (char === ",") return take(reader, reader.open.at(-1) === "{" ? "key" : "value");
      return closes(reader, char);
    case "key or }":
      return closes(reader, char) || readString(reader, ":");
    case "key":
      return readString(reader, ":");
    case "value or ]":
      return closes(reader, char) || readValue(reader, char);
    default:
      return readValue(reader, char);
  }
}

function readValue(reader: Reader, char: string): boolean {
  if (char === "{" || char === "[") {
    reader.open.push(char);
    return take(reader, char === "{" ? "key or }" : "value or ]");
  }
  if (char === '"') return readString(reader, "next");
  return skip(reader, SCALAR) && want(reader, "next");
}

function readString(reader: Reader, wanted: Wanted): boolean {
  return skip(reader, STRING) && reader.text[reader.at] === '"' && take(reader, wanted);
}

function closes(reader: Reader, char: string): boolean {
  if (char !== (reader.open.at(-1) === "{" ? "}" : "]")) return false;
  reader.open.pop();
  return take(reader, "next");
}

/** One character has been read. */
function take(reader: Reader, wanted: Wanted): true {
  reader.at++;
  return want(reader, wanted);
}

function want(reader: Reader, wanted: Wanted): true {
  reader.wanted = wanted;
  return true;
}

function skip(reader: Reader, pattern: RegExp): boolean {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text);
  if (found === null) return false;
  reader.at += found[0].length;
  return true;
}
