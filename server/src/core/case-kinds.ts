/**
 * Every kind of case: what happened, what Tillway does while it is open, what a person should do. A kind that is not in this table can't
 * be opened; docs/cases.md and the log take their words from here.
 */
export const caseKinds = {
  unknown_outcome: {
    means: "The gateway was asked to move money, and half an hour later we do not know whether it did.",
    meanwhile:
      "Goes on asking, in the end once a day, and answers the case itself when the gateway does. The payment stays as it is, and no other charge of it is tried.",
    todo: "Look for the gateway key of the evidence at the gateway. If the gateway does not know it or does not answer, ask its support.",
  },
  mismatched_answer: {
    means: "The gateway answered with another amount, currency or reference than we asked for.",
    meanwhile:
      "Applies nothing of that answer and goes on asking. The case is answered when the gateway's answer fits. An attempt that was closed before stays closed.",
    todo: "Compare the payment at the gateway with the attempt. If the gateway is wrong, let it correct the payment; if another amount was really taken, give it back there.",
  },
  late_truth: {
    means: "The gateway said something about an operation that was closed, and it contradicts what we had been told before.",
    meanwhile:
      "Changes neither the closed attempt nor the payment's amounts. Money that a declined charge took after all is given back at once, which answers the case; the summary says if that is under way, failed, or not possible.",
    todo: "Read the summary. Unless it says that the money is being given back, compare the attempt with the gateway's own record and settle the difference there.",
  },
  refund_contradicted: {
    means: "The gateway confirmed a refund and later said that it failed.",
    meanwhile: "Counts the amount as not refunded again and has sent `refund.failed`. It does not try the refund again.",
    todo: "Give the money back at the gateway or by another way, and tell the shopper.",
  },
  overdue: {
    means: "Work on a payment that was due was not begun in time: no worker runs, or all are busy.",
    meanwhile: "Does the work as soon as a worker is there, and answers the case then.",
    todo: "See that a worker runs: `/health/ready` shows when one was last seen.",
  },
  hold_not_released: {
    means: "Held money was to be released before the hold lapses, and the gateway refused.",
    meanwhile: "Asks the gateway once a day what became of the hold, and answers the case when it is gone.",
    todo: "Release the hold at the gateway, or wait until it lapses by itself: the evidence says when.",
  },
  dead_job: {
    means: "The same piece of work failed eight times in a row: a fault of ours, or a row that does not fit.",
    meanwhile: "Tries it again each hour, and answers the case when it works.",
    todo: "Read the reason in the evidence and mend the cause. If the work fails again after you resolved the case, a new case is opened.",
  },
  malformed_message: {
    means:
      "Something came that this program can't read: a gateway's webhook that is signed and no event of it, or work of a kind that a newer version wrote.",
    meanwhile:
      "Keeps the webhook as it came and does nothing more about it. Offers the work to every process each hour, and answers the case when one of them knows it.",
    todo: "Let all processes run the newest version, then replay the dead letter. If it is about money, look for it at the gateway as well.",
  },
  unmatched_gateway_event: {
    means: "The gateway reported an event that belongs to no attempt of the account for an hour.",
    meanwhile: "Keeps the event and does nothing more about it.",
    todo: "Find the event at the gateway by its id. It may belong to another program that uses the same account, or to a payment made by hand.",
  },
  unknown_charge: {
    means: "The gateway's list has a charge or refund that no attempt made, of this account or of another one of this installation.",
    meanwhile: "Does nothing about it: the money is not counted in any payment.",
    todo: "Find it at the gateway by its reference. It may belong to another program or another installation of Tillway that uses the same account, or to a payment that a restored database has forgotten: then give it back, or note it by hand.",
  },
  missing_charge: {
    means: "An attempt of ours counts as successful, and the gateway has nothing under its key and its reference.",
    meanwhile: "Leaves the payment as it is and looks again with each sweep.",
    todo: "Ask the gateway about the reference. If the money was never taken, settle it with the customer.",
  },
  broken_invariant: {
    means:
      "The stored rows of a payment contradict each other: an invariant of money does not hold, which no way through this program allows.",
    meanwhile: "Changes nothing and goes on with all other work. Looks again each minute, and answers the case when the invariant holds.",
    todo: "The evidence names the invariant and the rows. Find out what wrote them (a restore, a hand in the database, a fault of ours), compare the payment with its gateway, and mend the rows. `tillway invariants list` shows what else is broken.",
  },
} as const satisfies Record<string, Record<"means" | "meanwhile" | "todo", string>>;

export type CaseKind = keyof typeof caseKinds;

/**
 * The kinds as a table for docs/cases.md.
 * @public Read from the build by scripts/docs/generators.mjs.
 */
export function caseKindsMarkdown(): string {
  const rows = Object.entries(caseKinds).map(([kind, { means, meanwhile, todo }]) => `| \`${kind}\` | ${means} | ${meanwhile} | ${todo} |`);
  return ["| kind | what happened | what Tillway does meanwhile | what to do |", "|---|---|---|---|", ...rows].join("\n");
}
