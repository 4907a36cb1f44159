/** Digits as people type them: Arabic-Indic, Persian, Devanagari and full-width ones are the same ten. */
const ZEROS = [0x30, 0x660, 0x6f0, 0x966, 0xff10];

export function toAsciiDigits(text: string): string {
  return Array.from(text, (sign) => {
    const code = sign.codePointAt(0)!;
    const zero = ZEROS.find((from) => code >= from && code <= from + 9);
    return zero === undefined ? sign : String(code - zero);
  }).join("");
}

export function onlyDigits(text: string): string {
  return toAsciiDigits(text).replaceAll(/\D/g, "");
}
