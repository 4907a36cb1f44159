/** What a card number looks like: to check the one that was meant as one, and to refuse those that lie where they must not. */

/** Prefixes as the networks publish them; the first that fits counts. RuPay's before Discover's, which it borders on. */
const NETWORKS: readonly (readonly [network: string, prefix: RegExp])[] = [
  ["visa", /^4/],
  ["mastercard", /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/],
  ["amex", /^3[47]/],
  ["rupay", /^(60|65|81|82|508)/],
];

export function cardNetwork(digits: string): string {
  return NETWORKS.find(([, prefix]) => prefix.test(digits))?.[0] ?? "unknown";
}

/** True where the last digit is the check digit of the others (ISO/IEC 7812-1, annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = digit * 2;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const DIGITS_MIN = 13;
const DIGITS_MAX = 19;
/** Digits in groups, with a white space, dot, dash or underscore, or two of them, between two groups. */
const RUN = /\d(?:[\s._\p{Pd}]{0,2}\d){12,}/gu;
/**
 * UUIDs, and words of 24 and more with a letter among them: hashes and random ids. One UUID in 640 and one SHA-256 in 470 holds a row
 * of digits that passes for a card, and who names their carts so would see one payment in 640 refused for ever.
 */
const RANDOM_ID = /(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])|(?=\p{N}*\p{L})[\p{L}\p{N}]{24,}/giu;
const BETWEEN = /[\s._\p{Pd}]+/u;
/**
 * Issuers that exist: payment cards begin with 3 to 6, with 2221 to 2720 or with 81, 82. Without this every tenth timestamp in
 * milliseconds (13 digits, first digit 1) would be taken for a card.
 */
const ISSUED = /^([3-6]|2[2-7]|8[12])/;

/** True where a text holds 13 to 19 digits that an issuer could have printed on a card, grouped or not. */
export function holdsCardNumber(text: string): boolean {
  if (text.length < DIGITS_MIN) return false;
  // NFKC makes plain digits of full-width and other compatible ones.
  for (const [run] of text.normalize("NFKC").replaceAll(RANDOM_ID, "id").matchAll(RUN)) {
    if (someGroupsAreCard(run.split(BETWEEN))) return true;
  }
  return false;
}

/** Tries each row of neighbouring groups: `4111 1111 1111 1111 12` holds a card though all 18 digits together are none. */
function someGroupsAreCard(groups: readonly string[]): boolean {
  for (let from = 0; from < groups.length; from++) {
    let digits = "";
    for (let to = from; to < groups.length && digits.length <= DIGITS_MAX; to++) {
      digits += groups[to]!;
      if (isCardLike(digits)) return true;
    }
  }
  return false;
}

function isCardLike(digits: string): boolean {
  return digits.length >= DIGITS_MIN && digits.length <= DIGITS_MAX && ISSUED.test(digits) && passesLuhn(digits);
}
