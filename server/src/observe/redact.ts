/**
 * What must never stand in a log, taken out again at the last door. It is a net, not the rule: whoever logs names the fields that
 * are fit to be read. Redaction never throws and never takes long: depth, width and length are bounded.
 */

const DEPTH_MAX = 8;
const ITEMS_MAX = 100;
const TEXT_MAX_LENGTH = 8_192;
const HIDDEN = "[redacted]";

/** Names that only secrets have, in any spelling (`apiSecret`, `api_secret`, `X-Api-Secret`). */
const SECRET_NAME =
  /secret|password|passphrase|passwd|authorization|cookie|credential|masterkey|privatekey|apikey|cvv|cvc|cardnumber|accesstoken|refreshtoken|sessiontoken|csrf/;
const SECRET_WHOLE_NAME = new Set(["pan", "pin", "otp", "token", "auth", "tokens"]);

/** Copies a value for the log: secrets by their name, card numbers and keys by their looks, errors as plain objects. */
export function redact(value: unknown): unknown {
  try {
    return clean(value, 0, []);
  } catch {
    // A getter or a `toJSON` that throws must not take the process with it.
    return "[unreadable]";
  }
}

/** Takes card numbers, secret keys and passwords of URLs out of a text. */
export function redactText(text: string): string {
  if (text.length <= TEXT_MAX_LENGTH && !MAY_HOLD_SECRET.test(text)) return text;
  const bounded = text.length > TEXT_MAX_LENGTH ? `${text.slice(0, TEXT_MAX_LENGTH)}… (${text.length} characters)` : text;
  return bounded
    .replace(DIGIT_GROUPS, hideCardNumbers)
    .replace(/\b(sk_(?:test|live)_|whsec_)[A-Za-z0-9+/=_-]+/g, `$1${HIDDEN}`)
    .replace(/(:\/\/[^\s:/@]*):[^\s/@]+@/g, `$1:${HIDDEN}@`)
    .replace(/\b(Basic|Bearer) +[A-Za-z0-9+/=._~-]{8,}/gi, `$1 ${HIDDEN}`);
}

/** True for 13 to 19 digits with a correct check digit, as card numbers have. */
export function looksLikeCardNumber(digits: string): boolean {
  // No bank's cards begin with 0 or 1; times in milliseconds begin with 1 and would be hidden one time in ten.
  if (!/^[2-9]\d{12,18}$/.test(digits)) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const weighed = place % 2 === 1 ? digit * 2 : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

/** Everything that the patterns of `redactText` find has one of these; nearly no text of a log has. */
const MAY_HOLD_SECRET = /\d[\d %+-]{11,}\d|sk_|whsec_|:\/\/|basic|bearer/i;
const SEPARATOR = /( |-|\+|%20)/;
const DIGIT_GROUPS = /\d+(?:(?: |-|\+|%20)\d+)*/g;

/** Digits may come in groups, with other digits before or behind ("12 4242 4242 4242 4242 123"): every row of whole groups is looked at. */
function hideCardNumbers(run: string): string {
  if (run.length < 13) return run;
  const parts = run.split(SEPARATOR);
  const shown: string[] = [];
  for (let from = 0; from < parts.length; from += 1) {
    const end = endOfCardNumber(parts, from);
    shown.push(end === null ? parts[from]! : "[card number]");
    if (end !== null) from = end;
  }
  return shown.join("");
}

/** Groups stand at even places, separators between them. The last place of a card number that begins at `from`, or null. */
function endOfCardNumber(parts: readonly string[], from: number): number | null {
  if (from % 2 === 1) return null;
  let digits = "";
  let found: number | null = null;
  for (let place = from; place < parts.length && digits.length < 20; place += 2) {
    digits += parts[place]!;
    if (looksLikeCardNumber(digits)) found = place;
  }
  return found;
}

function clean(value: unknown, depth: number, parents: readonly object[]): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "number" || typeof value === "bigint") return cleanNumber(value);
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (value === null || typeof value !== "object") return value;
  if (depth >= DEPTH_MAX || parents.includes(value)) return "[…]";
  return cleanObject(value, depth + 1, [...parents, value]);
}

function cleanNumber(value: number | bigint): unknown {
  // Card numbers have 13 digits or more.
  if (typeof value === "number" && value < 1e12) return value;
  const text = String(value);
  if (looksLikeCardNumber(text)) return "[card number]";
  return typeof value === "bigint" ? text : value;
}

function cleanObject(value: object, depth: number, parents: readonly object[]): unknown {
  if (value instanceof Error) return cleanError(value, depth, parents);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map)
    return cleanEntries(
      [...value.entries()].map(([key, item]) => [String(key), item]),
      depth,
      parents,
    );
  if (Array.isArray(value) || value instanceof Set) return [...value].slice(0, ITEMS_MAX).map((item) => clean(item, depth, parents));
  return cleanMembers(value as Readonly<Record<string, unknown>>, depth, parents);
}

/** As `cleanEntries`, for the plain objects that every line is. */
function cleanMembers(value: Readonly<Record<string, unknown>>, depth: number, parents: readonly object[]): Record<string, unknown> {
  const keys = Object.keys(value);
  const cleaned: Record<string, unknown> = {};
  for (let i = 0; i < keys.length && i < ITEMS_MAX; i++) {
    const { shown, isSecret } = nameOf(keys[i]!);
    const item = value[keys[i]!];
    cleaned[shown] = isSecret && item !== null && item !== undefined ? HIDDEN : clean(item, depth, parents);
  }
  return cleaned;
}

const names = new Map<string, { readonly shown: string; readonly isSecret: boolean }>();
/** Our own field names are few; a stranger's must not fill the memory. */
const NAMES_MAX = 1_000;

function nameOf(key: string): { readonly shown: string; readonly isSecret: boolean } {
  let name = names.get(key);
  if (name === undefined) {
    name = { shown: redactText(key), isSecret: isSecretName(key) };
    if (names.size < NAMES_MAX) names.set(key, name);
  }
  return name;
}

function cleanEntries(
  entries: readonly (readonly [string, unknown])[],
  depth: number,
  parents: readonly object[],
): Record<string, unknown> {
  return Object.fromEntries(
    entries
      .slice(0, ITEMS_MAX)
      .map(([key, item]) => [
        redactText(key),
        isSecretName(key) && item !== null && item !== undefined ? HIDDEN : clean(item, depth, parents),
      ]),
  );
}

function cleanError(error: Error, depth: number, parents: readonly object[]): Record<string, unknown> {
  const { name, message, stack, cause, ...own } = error;
  return {
    type: name,
    message: redactText(message),
    stack: stack === undefined ? undefined : redactText(stack),
    cause: cause === undefined ? undefined : clean(cause, depth, parents),
    ...cleanEntries(Object.entries(own), depth, parents),
  };
}

function isSecretName(key: string): boolean {
  const plain = key.toLowerCase().replace(/[^a-z0-9]/g, "");
  return SECRET_NAME.test(plain) || SECRET_WHOLE_NAME.has(plain);
}
