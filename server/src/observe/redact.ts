/**
 * What must never stand in a log, taken out again at the last door. It is a net, not the rule: whoever logs names the fields that
 * are fit to be read. Redaction never throws and never takes long: depth, width and length are bounded.
 */
import { isCardNumber, hideAndCut, hideOurSecrets } from "../core/card-number.ts";

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
  const shown = hideAndCut(text, TEXT_MAX_LENGTH, `… (${text.length} characters)`);
  if (!MAY_HOLD_SECRET.test(shown)) return shown;
  return hideOurSecrets(shown)
    .replace(/(:\/\/[^\s:/@]*):[^\s/@]+@/g, `$1:${HIDDEN}@`)
    .replace(/\b(Basic|Bearer) +[A-Za-z0-9+/=._~-]{8,}/gi, `$1 ${HIDDEN}`);
}

/** Everything that the patterns of `redactText` find has one of these; nearly no text of a log has. */
const MAY_HOLD_SECRET = /sk_|whsec_|:\/\/|basic|bearer/i;

function clean(value: unknown, depth: number, parents: readonly object[]): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "number" || typeof value === "bigint") return cleanNumber(value);
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (value === null || typeof value !== "object") return value;
  if (depth >= DEPTH_MAX || parents.includes(value)) return "[…]";
  return cleanObject(value, depth + 1, [...parents, value]);
}

function cleanNumber(value: number | bigint): unknown {
  // Card numbers have 14 digits or more.
  if (typeof value === "number" && value < 1e12) return value;
  const text = String(value);
  if (isCardNumber(text)) return "[card number]";
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
