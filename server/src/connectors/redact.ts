/** The last look at what is kept as evidence: no card number stays in it, whoever put it there. */
/** Not inside a longer word: random ids hold long rows of digits now and then. */
const LONG_DIGITS = /(?<![A-Za-z0-9])\d(?:[ .-]?\d){12,18}(?![A-Za-z0-9])/g;
/** Evidence is for people; what is longer adds nothing. */
const EVIDENCE_MAX = 4_096;

/** Cuts to 4,096 characters and blanks 13 to 19 digits in a row that pass the check of card numbers. */
export function redactEvidence(text: string): string {
  const short = text.length > EVIDENCE_MAX ? `${text.slice(0, EVIDENCE_MAX)}…` : text;
  return short.replaceAll(LONG_DIGITS, (run) => (passesLuhn(run.replaceAll(/[ .-]/g, "")) ? "[card number removed]" : run));
}

/** `asha.rao@okbank` → `a***@okbank`: enough to recognise a mix-up, not enough to name a payer. */
export function maskVpa(vpa: string): string {
  return `${vpa.slice(0, 1)}***${vpa.slice(vpa.indexOf("@"))}`;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}
