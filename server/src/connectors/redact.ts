/** The last look at what is kept as evidence: no card number stays in it, whoever put it there. */
import { hideAndCut } from "../core/evidence.ts";

/** Evidence is for people; what is longer adds nothing. */
const EVIDENCE_MAX = 4_096;

/** Hides card numbers and cuts to 4,096 characters. */
export function redactEvidence(text: string): string {
  return hideAndCut(text, EVIDENCE_MAX);
}

/** The same for a word that goes into a sentence or is looked up: cut without a mark. */
export function redactWord(word: string, lengthMax: number): string {
  return hideAndCut(word, lengthMax, "");
}

/** `asha.rao@okbank` → `a***@okbank`: enough to recognise a mix-up, not enough to name a payer. */
export function maskVpa(vpa: string): string {
  return `${vpa.slice(0, 1)}***${vpa.slice(vpa.indexOf("@"))}`;
}
