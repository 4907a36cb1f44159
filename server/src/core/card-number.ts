/**
 * What a card number looks like, decided once: to check the one that was meant as one, to refuse those that lie where they must not,
 * and to hide those that turn up in a log or in evidence.
 */

/**
 * Issuers of payment cards: prefix, and the lengths that are printed under it. The first prefix that fits names the network. A prefix alone
 * says little: IMEIs (15 digits), EANs and times in milliseconds (13), account and telephone numbers begin like cards as well. Nobody
 * issues 13 digits any more. RuPay's prefixes stand before those of Discover and UnionPay, which they border on.
 */
const ISSUERS: readonly (readonly [network: string, prefix: RegExp, lengths: readonly number[]])[] = [
  ["visa", /^4/, [16, 19]],
  ["mastercard", /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  ["amex", /^3[47]/, [15]],
  ["rupay", /^(60|65|81|82|508)/, [16]],
  // Diners Club
  ["unknown", /^(30[0-59]|3[689])/, [14, 16, 19]],
  // JCB, UnionPay, Discover, Maestro, Mir and Borica
  ["unknown", /^(35(2[89]|[3-8])|62|81|6011|64[4-9]|65|5018|5020|5038|5893|6304|67|220[0-5])/, [16, 17, 18, 19]],
  ["unknown", /^9704/, [16, 19]],
  // Schemes of one country, such as Elo, Verve, Troy, Uzcard and Humo
  ["unknown", /^(50|5[678]|6|8600|9792|9860)/, [16]],
];

export function cardNetwork(digits: string): string {
  return ISSUERS.find(([, prefix]) => prefix.test(digits))?.[0] ?? "unknown";
}

/** What people and programs put between the digits of a card number as they type or paste it. */
const TYPING_MARKS = /[\s._\u2212\p{Pd}\p{Cf}]/gu;

/** The text in ASCII digits and without typing marks, or null if it holds anything else. */
export function typedDigits(text: string): string | null {
  const bare = text.replaceAll(TYPING_MARKS, "");
  return /^\p{Nd}+$/u.test(bare) ? asciiDigits(bare) : null;
}

/** The number that was typed where a card number is asked for, or null if it can be none: 13 to 19 digits with a right check digit. */
export function readCardNumber(text: string): string | null {
  const digits = typedDigits(text);
  return digits !== null && digits.length >= 13 && digits.length <= DIGITS_MAX && passesLuhn(digits) ? digits : null;
}

/** True if the last digit is the check digit of the others (ISO/IEC 7812-1, annex B). @param digits ASCII digits only */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

const DIGITS_MIN = 14;
const DIGITS_MAX = 19;

/** True for ASCII digits that an issuer prints on cards. */
export function isCardNumber(digits: string): boolean {
  return ISSUERS.some(([, prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits)) && passesLuhn(digits);
}

/** The place of a card number in a text: UTF-16 offsets, the end excluded. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * The card numbers of a text in any script's digits, whole or in the groups in which cards print them, and those that are written in
 * base64 or as escapes of a URL. From left to right, apart from each other.
 */
export function cardNumbersIn(text: string): readonly Place[] {
  if (text.length < DIGITS_MIN) return [];
  const written = RUN_ONCE.test(text) ? writtenIn(text) : [];
  if (!MAY_BE_ENCODED.test(text)) return written;
  const all = [...written, ...inBase64(text), ...inEscapes(text)].sort((a, b) => a.start - b.start);
  return all.filter((place, n) => n === 0 || place.start >= Math.max(...all.slice(0, n).map(({ end }) => end)));
}

/**
 * Digits in base64: at whichever byte they begin, three of them that share four characters give one of each of these. Fourteen digits hold
 * at least four such threes.
 */
const BASE64_DIGITS = "(?:[MNO][DTjz][AEIMQUYcgk][wxyz0-5]){4,}";
const IN_BASE64 = new RegExp(BASE64_DIGITS, "g");
const MAY_BE_ENCODED = new RegExp(`${BASE64_DIGITS}|(?:%3[0-9]){4}`);
const ESCAPED = /(?:%[0-9a-f]{2}|[\d\s._-])+/gi;

/** The first and last digits may share their four characters with something else. */
function inBase64(text: string): Place[] {
  return [...text.matchAll(IN_BASE64)].flatMap(({ index, 0: within }) => {
    const behind = index + within.length;
    const [before] = /^[\w+/-]{4}$/.exec(text.slice(Math.max(0, index - 4), index)) ?? [""];
    const [after] = /^[\w+/-]{2,4}/.exec(text.slice(behind, behind + 4)) ?? [""];
    const [head, digits, tail] = [/\d*$/.exec(bytesOf(before))![0], bytesOf(within), /^\d*/.exec(bytesOf(after))![0]];
    // A word that it is glued to may read as digits too.
    const isCard = ["", head].some((first) => ["", tail].some((last) => isCardNumber(first + digits + last)));
    return isCard ? [{ start: index - before.length, end: behind + after.length }] : [];
  });
}

function bytesOf(base64: string): string {
  return atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
}

function inEscapes(text: string): Place[] {
  return [...text.matchAll(ESCAPED)].flatMap(({ index, 0: escaped }) => {
    const plain = escaped.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return RUN_ONCE.test(plain) && writtenIn(plain).length > 0 ? [{ start: index, end: index + escaped.length }] : [];
  });
}

function writtenIn(text: string): readonly Place[] {
  // Blanked out and not removed, so that places stay where they are.
  const blanked = text.replaceAll(LONG_WORD, (word) => (ID_MARK.test(word) ? "x".repeat(word.length) : word));
  return [...blanked.matchAll(RUN)].flatMap((run) => cardsOfRun(groupsOf(run[0], run.index)));
}

export function holdsCardNumber(text: string): boolean {
  return cardNumbersIn(text).length > 0;
}

/** The text with `[card number]` in place of each one. */
export function hideCardNumbers(text: string): string {
  const places = cardNumbersIn(text);
  if (places.length === 0) return text;
  let shown = "";
  let from = 0;
  for (const { start, end } of places) {
    shown += `${text.slice(from, start)}[card number]`;
    from = end;
  }
  return shown + text.slice(from);
}

/**
 * What stands between two groups: up to three white spaces, dots, dashes, underscores or characters that nobody sees; or one comma,
 * colon, slash or plus (", " parts the items of a list, not a number); or an escape of a URL such as %20.
 */
const BETWEEN = String.raw`(?:[\s._\p{Pd}\p{Cf}]{0,3}|[,:/+]|%2[0-9a-fA-F])`;
const RUN = new RegExp(String.raw`\p{Nd}(?:${BETWEEN}\p{Nd}){${DIGITS_MIN - 1},}`, "gu");
/** The same without the state that a search for all of them keeps. */
const RUN_ONCE = new RegExp(RUN.source, "u");
/** A group, or an escape: its digits are no digits of the run. */
const GROUP = /%2[0-9a-fA-F]|(\p{Nd}(?:\p{Cf}*\p{Nd})*)/gu;
/**
 * UUIDs, and words of 24 and more. Those with a letter are hashes and random ids: one UUID in 640 and one SHA-256 in 470 holds a row
 * of digits that passes for a card, and a shop that names its carts so would see one payment in 640 refused at each retry.
 */
const LONG_WORD = /(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])|[\p{L}\p{N}]{24,}/giu;
const ID_MARK = /[\p{L}-]/u;

interface Group extends Place {
  readonly digits: string;
}

function groupsOf(run: string, offset: number): readonly Group[] {
  const groups: Group[] = [];
  for (const match of run.matchAll(GROUP)) {
    const text = match[1];
    const start = offset + match.index;
    if (text !== undefined) groups.push({ start, end: start + text.length, digits: asciiDigits(text) });
  }
  return groups;
}

/** Tries each row of neighbouring groups, the longest counts: `4111 1111 1111 1111 12` holds a card, though its 18 digits are none. */
function cardsOfRun(groups: readonly Group[]): readonly Place[] {
  const found: Place[] = [];
  for (let from = 0; from < groups.length; from++) {
    const last = lastOfCard(groups, from);
    if (last === null) continue;
    found.push({ start: groups[from]!.start, end: groups[last]!.end });
    from = last;
  }
  return found;
}

function lastOfCard(groups: readonly Group[], from: number): number | null {
  let digits = "";
  let cuts = 0;
  let last: number | null = null;
  for (let at = from; at < groups.length && digits.length < DIGITS_MAX; at++) {
    if (digits !== "") cuts |= 1 << digits.length;
    digits += groups[at]!.digits;
    if (isPrinted(cuts, digits.length) && isCardNumber(digits)) last = at;
  }
  return last;
}

/** Sets of places between digits, as bits: `cutsAfter(4, 10)` is what an American Express card shows. */
const cutsAfter = (...places: readonly number[]): number => places.reduce((bits, place) => bits | (1 << place), 0);

/**
 * Fours; four, six and the rest (15 and 14 digits); six and the rest (19 digits). A person may leave out some of the spaces. Other groups are lists: every fifth row of three numbers with five digits would pass for a card.
 */
const LAYOUTS: readonly number[] = [cutsAfter(4, 8, 12, 16), cutsAfter(4, 10), cutsAfter(6)];

function isPrinted(cuts: number, length: number): boolean {
  const digitByDigit = (1 << length) - 2;
  return LAYOUTS.some((layout) => (cuts & ~layout) === 0) || cuts === digitByDigit;
}

function asciiDigits(text: string): string {
  return /^\d+$/.test(text) ? text : text.replaceAll(/\p{Cf}/gu, "").replaceAll(/\p{Nd}/gu, (digit) => String(valueOf(digit)));
}

/** The digits 0 to 9 of a script follow each other, and no other digits stand right before them (Unicode, general category Nd). */
function valueOf(digit: string): number {
  const code = digit.codePointAt(0)!;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return (code - zero) % 10;
}

/** The lengths of the groups that cards print. Eight and eight are two numbers of a shop. */
const PRINTED_GROUPS = ["4444", "465", "464"];
const GROUPS_MIN = 3;
const GROUP_MIN = 4;

/** True if texts that follow each other hold the printed groups of a card number, one each, as a form with four boxes sends them. */
export function holdsCardInGroups(texts: readonly string[]): boolean {
  if (texts.length < GROUPS_MIN || !texts.some((text) => text.length >= GROUP_MIN && /^\s*\d+\s*$/.test(text))) return false;
  return texts.some((_, from) =>
    PRINTED_GROUPS.some((lengths) => {
      const groups = texts.slice(from, from + lengths.length).map((text) => text.trim());
      const fits =
        groups.length === lengths.length && groups.every((group, n) => /^\d+$/.test(group) && group.length === Number(lengths[n]));
      return fits && isCardNumber(groups.join(""));
    }),
  );
}

/** Takes our own secret keys out of a text: those that merchants and the operator call us with and those that webhooks are signed with. */
export function hideOurSecrets(text: string): string {
  return text.replace(/\b(sk_(?:test|live)_|whsec_|opk_)[A-Za-z0-9+/=_-]+/g, "$1[redacted]");
}

/**
 * Characters looked at for each one kept. A card number of 19 digits with all that may stand between them has 146 (each digit and each
 * character nobody sees counted as two), what is shown in its place 13: so the end of what is looked at, where a number may be cut in
 * two, is never shown.
 */
const LOOKED_PER_KEPT = 12;

/** Hides card numbers, then cuts: cut first, a number that lies across the cut would show its first digits. @param mark stands where it was cut */
export function hideAndCut(text: string, lengthMax: number, mark = "…"): string {
  const hidden = hideCardNumbers(text.slice(0, lengthMax * LOOKED_PER_KEPT));
  return hidden.length > lengthMax ? hidden.slice(0, lengthMax) + mark : hidden;
}
