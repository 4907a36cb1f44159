/** The last look at what is kept as evidence: no card number stays in it, whoever put it there. */
import { hideCardNumbers } from "../core/card-number.ts";

/** Evidence is for people; what is longer adds nothing. */
const EVIDENCE_MAX = 4_096;

/** Cuts to 4,096 characters and hides card numbers. */
export function redactEvidence(text: string): string {
  return hideCardNumbers(text.length > EVIDENCE_MAX ? `${text.slice(0, EVIDENCE_MAX)}…` : text);
}

/** `asha.rao@okbank` → `a***@okbank`: enough to recognise a mix-up, not enough to name a payer. */
export function maskVpa(vpa: string): string {
  return `${vpa.slice(0, 1)}***${vpa.slice(vpa.indexOf("@"))}`;
}
