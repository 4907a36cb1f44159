/** What a magic input makes the far side do, as data. The table in the documentation is generated from here. */
import type { DeclineCode } from "./ports.ts";
import type { FaultName } from "./faults.ts";

/** `approved` means succeeded, or authorized if the capture comes later. */
export type StepStatus = "approved" | "declined" | "pending" | "requires_action" | "held_for_review";

/** From `afterMs` after the answer is due on, the operation has this status. Read as a time line: nothing has to wake up for it. */
export interface Step {
  readonly afterMs: number;
  readonly status: StepStatus;
  readonly code?: DeclineCode;
}

/** A webhook about the step with this index, `afterMs` after that step. The same step twice: the same event, sent twice. */
export interface WebhookPlan {
  readonly step: number;
  readonly afterMs: number;
}

/** How one operation runs. */
export interface Script {
  readonly steps: readonly Step[];
  /** Happens to the first request under a key only; a repeat meets a healthy gateway. */
  readonly fault?: FaultName;
  /** The answer is due this long after the request. */
  readonly delayMs?: number;
  /** In place of the rule that each later step, and one that no answer showed, is sent at once. */
  readonly webhooks?: readonly WebhookPlan[];
  /** Each answer names this much more than was asked for, in minor units. */
  readonly echoesMore?: number;
  /** What a completed challenge leads to, if not to approval. */
  readonly afterChallenge?: DeclineCode;
}

export interface Scenario {
  readonly charge: Script;
  readonly capture?: Script;
  readonly void?: Script;
  readonly refund?: Script;
  /** For the documentation: what the gateway does, and what the merchant sees of it. */
  readonly gateway: string;
  readonly merchant: string;
}

export const approved: readonly Step[] = [{ afterMs: 0, status: "approved" }];
/** An outcome that the answer did not show is sent by webhook after this: well inside the caller's own time limit. */
export const UNTOLD_WEBHOOK_AFTER_MS = 2_000;
const CHALLENGE_LIFETIME_MS = 1_800_000;
const UPI_LIFETIME_MS = 60_000;
const PENDING_MS = 10_000;

const declined = (code: DeclineCode): readonly Step[] => [{ afterMs: 0, status: "declined", code }];
const settledAfter = (afterMs: number): readonly Step[] => [
  { afterMs: 0, status: "pending" },
  { afterMs, status: "approved" },
];
const refuses: Script = { steps: declined("operation_refused") };

const declineScenarios = {
  "card-declined": decline("card_declined", "The bank says no and gives no reason."),
  "insufficient-funds": decline("insufficient_funds", "The account does not hold enough."),
  "fraud-suspected": decline("fraud_suspected", "The gateway's risk check blocks the charge."),
  "expired-card": decline("expired_card", "The bank says that the card has expired."),
  "incorrect-cvc": decline("incorrect_cvc", "The bank says that the CVC is wrong."),
  "lost-card": decline("lost_card", "The card was reported lost."),
  "stolen-card": decline("stolen_card", "The card was reported stolen."),
  "limit-exceeded": decline("limit_exceeded", "The card's limit of amount or frequency is reached."),
  "technical-decline": decline("technical_decline", "The bank cannot be reached by the gateway, which says so."),
  failure: decline("upi_declined", "The payer refuses in the UPI app."),
} satisfies Record<string, Scenario>;

const challengeSteps: readonly Step[] = [
  { afterMs: 0, status: "requires_action" },
  { afterMs: CHALLENGE_LIFETIME_MS, status: "declined", code: "authentication_failed" },
];
const slowScenarios = {
  challenge: {
    charge: { steps: challengeSteps },
    gateway: "Asks for authentication on a page of its own; completing it approves, failing it or 30 minutes of silence declines.",
    merchant: "`requires_action` with a URL; then `succeeded`, or `failed` with `authentication_failed`.",
  },
  "challenge-declined": {
    charge: { steps: challengeSteps, afterChallenge: "card_declined" },
    gateway: "Asks for authentication; the bank declines even after it was completed.",
    merchant: "`requires_action` with a URL; then `failed` with `card_declined`.",
  },
  pending: {
    charge: { steps: settledAfter(PENDING_MS) },
    gateway: "Waits for the payer's approval in the UPI app, which comes after 10 seconds, and sends a webhook.",
    merchant: "`processing`, then `succeeded`.",
  },
  timeout: {
    charge: {
      steps: [
        { afterMs: 0, status: "pending" },
        { afterMs: UPI_LIFETIME_MS, status: "declined", code: "upi_expired" },
      ],
    },
    gateway: "Waits for the payer, who never answers; the request lapses after 60 seconds.",
    merchant: "`processing`, then `failed` with `upi_expired`.",
  },
  processing: {
    charge: { steps: settledAfter(3_000) },
    gateway: "Answers that it works on it, succeeds 3 seconds later and sends a webhook.",
    merchant: "`processing`, then `succeeded`.",
  },
  "unknown-status": {
    charge: {
      steps: [
        { afterMs: 0, status: "held_for_review" },
        { afterMs: 30_000, status: "approved" },
      ],
    },
    gateway: "Answers a status that nobody documented, and succeeds 30 seconds later.",
    merchant: "`processing` (an unknown word is never taken for a failure), then `succeeded`.",
  },
} satisfies Record<string, Scenario>;

const faultScenarios = {
  "timeout-before": faulty(
    "timeout-before",
    "Loses the first request before doing anything and never answers.",
    "`processing`; proven not charged and sent again under the same key: `succeeded` after about 50 seconds, charged once.",
  ),
  "timeout-after": faulty(
    "timeout-after",
    "Charges, but the answer is lost.",
    "`processing`, then `succeeded`: found by webhook or by asking. Charged once.",
  ),
  "error-before": faulty(
    "error-before",
    "Answers 500 to the first request without doing or storing anything.",
    "`processing`; proven not charged and sent again under the same key: `succeeded` after about 20 seconds, charged once.",
  ),
  "error-after": faulty(
    "error-after",
    "Charges, then answers 500 and stores that answer under the key: sending again only repeats it.",
    "`processing`, then `succeeded`: found by webhook or by asking. Charged once.",
  ),
  "html-after": faulty(
    "html-after",
    "Charges, but a proxy answers 502 with an HTML page.",
    "`processing`, then `succeeded`. Charged once.",
  ),
  "reset-before": faulty(
    "reset-before",
    "Breaks the connection of the first request before doing anything.",
    "`processing`; proven not charged and sent again under the same key: `succeeded` after about 20 seconds, charged once.",
  ),
  "reset-after": faulty("reset-after", "Charges, then breaks the connection.", "`processing`, then `succeeded`. Charged once."),
  "cut-after": faulty("cut-after", "Charges; only half of the answer arrives.", "`processing`, then `succeeded`. Charged once."),
  throttled: faulty(
    "throttled",
    "Answers 429 with Retry-After to the first request; the second is served.",
    "`processing`, a second later `succeeded`.",
  ),
  unavailable: faulty(
    "unavailable",
    "Answers 503 with Retry-After to the first request without doing anything.",
    "`processing`; proven not charged and sent again under the same key: `succeeded` after about 20 seconds, charged once.",
  ),
  "late-answer": {
    charge: { steps: approved, delayMs: 40_000, webhooks: [] },
    gateway: "Takes 40 seconds, longer than anybody waits for an answer, then charges. No webhook.",
    merchant: "`processing`; the first questions hear that it is not decided; then `succeeded`.",
  },
} satisfies Record<string, Scenario>;

const webhookScenarios = {
  "late-webhook": {
    charge: { steps: settledAfter(5_000), webhooks: [{ step: 1, afterMs: 120_000 }] },
    gateway: "Succeeds after 5 seconds; its webhook comes two minutes late.",
    merchant: "`processing`, then `succeeded`: asking is faster than the webhook, which then changes nothing.",
  },
  "duplicate-webhook": {
    charge: {
      steps: settledAfter(2_000),
      webhooks: [
        { step: 1, afterMs: 0 },
        { step: 1, afterMs: 0 },
        { step: 1, afterMs: 3_000 },
      ],
    },
    gateway: "Sends the same event three times, two of them at the same moment.",
    merchant: "`processing`, then `succeeded` once, with one event.",
  },
  "reordered-webhooks": {
    charge: {
      steps: settledAfter(2_000),
      webhooks: [
        { step: 1, afterMs: 0 },
        { step: 0, afterMs: 4_000 },
      ],
    },
    gateway: 'Sends "succeeded" first and the older "pending" after it.',
    merchant: "`processing`, then `succeeded`; the older event changes nothing.",
  },
  "lost-webhook": {
    charge: { steps: settledAfter(2_000), webhooks: [] },
    gateway: 'Answers "pending", succeeds two seconds later and never says so.',
    merchant: "`processing`, then `succeeded`: found by asking.",
  },
  "captured-later": {
    charge: {
      steps: [
        { afterMs: 0, status: "declined", code: "card_declined" },
        { afterMs: 5_000, status: "approved" },
      ],
    },
    gateway: "Declines, and takes the money 5 seconds later all the same, with a webhook.",
    merchant: "`failed` stays `failed`; a case is opened and the money is given back.",
  },
  "wrong-amount": {
    charge: { steps: approved, echoesMore: 100 },
    gateway: "Charges the right amount, but every answer names 100 minor units more.",
    merchant: "`processing` and a case: an answer with other figures is never applied.",
  },
} satisfies Record<string, Scenario>;

const operationScenarios = {
  "capture-failure": {
    charge: { steps: approved },
    capture: refuses,
    gateway: "Approves the charge and refuses its capture.",
    merchant: 'With `capture_method: "manual"`: `authorized`; the capture fails and the payment stays `authorized`.',
  },
  "void-failure": {
    charge: { steps: approved },
    void: refuses,
    gateway: "Approves the charge and refuses to release it.",
    merchant: 'With `capture_method: "manual"`: `authorized`; the cancel fails.',
  },
  "refund-failure": {
    charge: { steps: approved },
    refund: refuses,
    gateway: "Approves the charge and refuses its refund.",
    merchant: "`succeeded`; a refund fails, and its amount may be refunded again.",
  },
  "refund-pending": {
    charge: { steps: approved },
    refund: { steps: settledAfter(5_000) },
    gateway: "Approves the charge; a refund takes 5 seconds and ends with a webhook.",
    merchant: "`succeeded`; a refund is `processing`, then `succeeded`.",
  },
  "refund-fails-later": {
    charge: { steps: approved },
    refund: {
      steps: [
        { afterMs: 0, status: "approved" },
        { afterMs: 5_000, status: "declined", code: "operation_refused" },
      ],
    },
    gateway: "Approves the charge; a refund succeeds and is taken back 5 seconds later, with a webhook.",
    merchant: "`succeeded`; a refund turns from `succeeded` to `failed` and a case is opened.",
  },
} satisfies Record<string, Scenario>;

const success: Scenario = { charge: { steps: approved }, gateway: "Approves at once.", merchant: "`succeeded` (or `authorized`)." };

const named = { success, ...declineScenarios, ...slowScenarios, ...faultScenarios, ...webhookScenarios, ...operationScenarios };

export type ScenarioName = keyof typeof named;

export const scenarioTable: Readonly<Record<ScenarioName, Scenario>> = named;

export function isScenarioName(text: string): text is ScenarioName {
  return Object.hasOwn(scenarioTable, text);
}

function decline(code: DeclineCode, gateway: string): Scenario {
  return { charge: { steps: declined(code) }, gateway, merchant: `\`failed\` with \`${code}\`.` };
}

function faulty(fault: FaultName, gateway: string, merchant: string): Scenario {
  return { charge: { steps: approved, fault }, gateway, merchant };
}
